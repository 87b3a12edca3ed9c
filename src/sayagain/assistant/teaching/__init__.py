"""The second preset of homes: people who teach, who answer questions or do not, and who change their minds."""
