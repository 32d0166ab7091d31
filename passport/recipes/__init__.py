"""Recipes that methods are composed of: one file per part of the chain and version; a method names what it takes.

A file is never edited once a passport was issued under a method that takes it; another recipe is another version.
"""
