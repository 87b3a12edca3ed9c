"""Which later turn says the request again? Methods that answer, measured on marked excerpts."""
