"""Read what people have, diaries, job sheets and slips in Chinese or English, into drafts of ledger entries.

`files.read_file` reads a file into drafts and findings; `sign.sign_drafts` resolves names, checks every rule and
signs. Each kind of form is one module that exports `IMPORT`.
"""

from __future__ import annotations
