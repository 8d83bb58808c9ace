"""Who writes the answer, by name."""

from difflib import get_close_matches

from askdivide.errors import ModelUnknown

QUOTE = "quote"
MODELS = (QUOTE,)


def check_model(name: str) -> str:
    """`name`, if there is an answer model of that name. Raises ModelUnknown with the nearest name there is."""
    if name in MODELS:
        return name
    near = get_close_matches(name, MODELS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are: {', '.join(MODELS)}"
    raise ModelUnknown(f"no answer model is named {name!r}; {hint}")
