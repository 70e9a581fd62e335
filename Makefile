# `make run` and `make test` are all a newcomer needs; `make` alone lists the rest.

# Everything runs through Python itself: the scripts beside it name the folder they were made in.
PYTHON_IN_VENV := .venv/bin/python

.PHONY: help setup run test check wheel

help:
	@echo "make run     set everything up and open the studio (without a display: a tour in out/tour)"
	@echo "make test    set everything up and run the tests      (make test ARGS='-k recipe -x')"
	@echo "make check   lint, format, types and import directions"
	@echo "make wheel   build dist/stylestudio-*.whl"
	@echo "make setup   only set everything up"

setup:
	@sh packaging/bootstrap.sh

run: setup
	@if [ "$$(uname)" = Linux ] && [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		echo "There is no display here, so the window is toured off screen, into out/tour:"; \
		exec $(PYTHON_IN_VENV) -m stylestudio tour out/tour; \
	else \
		exec $(PYTHON_IN_VENV) -m stylestudio; \
	fi

test: setup
	QT_QPA_PLATFORM=offscreen $(PYTHON_IN_VENV) -m pytest $(ARGS)

check: setup
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy
	$(PYTHON_IN_VENV) -c 'from importlinter.cli import lint_imports_command as check; check()'

wheel: setup
	$(PYTHON_IN_VENV) -m hatchling build -t wheel -d dist
