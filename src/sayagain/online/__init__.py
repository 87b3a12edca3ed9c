"""The online composition: the layer that an assistant talks to, with complaints, offers and its words to people."""
