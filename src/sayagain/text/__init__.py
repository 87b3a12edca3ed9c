"""Text processing that several capabilities share: normalisation, phonetics, similarity, the sentence encoder."""
