"""Tests of promises that hold over the whole house: imports, plug-ins, errors, documents, packaging."""
