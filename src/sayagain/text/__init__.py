"""What several capabilities need of text: normalisation, phonetics, similarity."""
