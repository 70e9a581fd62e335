# `make run` and `make test` are all a newcomer needs; `make` alone lists the rest. On a system
# without make, packaging/bootstrap.py takes the same words: py packaging\bootstrap.py run

BOOTSTRAP := "$${PYTHON:-python3}" packaging/bootstrap.py

.PHONY: help setup run test check docs messages wheel

help:
	@echo "make run     set everything up and open the studio (without a display: a tour in out/tour)"
	@echo "make test    set everything up and run the tests      (make test ARGS='-k recipe -x')"
	@echo "make check   lint, format, types and import directions"
	@echo "make docs    build the documentation into build/docs; warnings fail it"
	@echo "make messages print every text that a user can see, to be read through"
	@echo "make wheel   build dist/stylestudio-*.whl"
	@echo "make setup   only set everything up"

setup run check docs messages wheel:
	@$(BOOTSTRAP) $@

test:
	@$(BOOTSTRAP) test $(ARGS)
