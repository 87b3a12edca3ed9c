"""Evaluation of the backtest that judges policies without labels."""
