"""Convirza: call flows of a call-tracking carrier, one package for each version of its API."""
