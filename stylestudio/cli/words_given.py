"""What the commands of words share: the words, with weights, the text model, the seed."""

from __future__ import annotations

import click

from stylestudio.recipe import RecipeError, parse_number
from stylestudio.recipe.numbers import MAX_SEED

words_argument = click.argument("words", metavar="WORDS...", nargs=-1, required=True)
text_option = click.option(
    "--text",
    "text_model",
    default="lexicon",
    show_default=True,
    metavar="FILE",
    help="A CLIP or SigLIP file, or the folder of one; lexicon knows the built-in worlds.",
)
instead_option = click.option(
    "--instead-of", default="", metavar="WORDS", help="What to move away from."
)
seed_option = click.option("--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True)


def weighted(words: tuple[str, ...]) -> dict[str, float]:
    """Read `red hair:2`; without a number, words count 1. BadParameter for the same words twice."""
    found: dict[str, float] = {}
    for given in words:
        text, _, number = given.rpartition(":")
        weight = 1.0
        try:
            weight, text = (parse_number(number), text) if text else (1.0, given)
        except RecipeError:  # a colon of the words' own
            text = given
        if text in found:
            raise click.BadParameter(f"{text!r} is given twice; give it a weight, as in a smile:2.")
        found[text] = weight
    return found
