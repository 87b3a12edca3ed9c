"""One request, a digression, and the request again: what the span model makes of them (docs/rephrases.md)."""

from sayagain.rephrases.excerpt import Said
from sayagain.rephrases.span_model import shipped

EXCERPT = (
    Said("what's the feather like today", 0.0, "Sorry, I didn't understand that.", failed=True),
    Said("play jazz", 9.0, "Okay, jazz.", failed=False),
    Said("no i said what's the weather", 21.0, "It is sunny.", failed=False),
)

(found,) = shipped().read([EXCERPT])
for said, probability, (start, end) in zip(EXCERPT[1:], found.probability, found.spans, strict=True):
    print(f"{probability:.2f}  {said.text}  →  {said.text[start:end]}")
print(f"misheard, rather than misunderstood: {found.misheard:.2f}")
