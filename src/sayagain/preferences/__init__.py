"""What people teach: statements understood by grammars, said back, and what of them holds at a moment."""
