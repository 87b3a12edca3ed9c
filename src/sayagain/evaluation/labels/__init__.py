"""Are labels found without annotators right? Satisfaction, breakdown and success, against what people said of them."""
