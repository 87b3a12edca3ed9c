"""Online rewrites: what this person and all others said that worked, found at request time and ranked."""
