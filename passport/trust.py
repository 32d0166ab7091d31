"""Read the file in which a checker says whom it trusts: logs and witnesses, registrars, issuers.

{"policy": "<tlog-policy text>", "registrars": [vkey], "issuers": [{"did", "keys"}], "max_status_age_s": n}

A checker that accepts completeness statements adds one more field, `"monitors": [vkey]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ledger.errors import LedgerError
from ledger.log.canonical import jcs, jcs_decode
from ledger.log.note import VerifierKey
from ledger.log.signer import check_public_key
from ledger.log.witness import Policy
from passport.did import check_did
from passport.errors import MalformedDid, MalformedMultibase, MalformedTrust
from passport.multibase import decode_multikey, encode_multikey

_FIELDS = frozenset({"policy", "registrars", "issuers", "max_status_age_s"})
_MONITORS = "monitors"


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """Hold whom a checker trusts.

    Args:
        policy: logs, witnesses and quorum.
        registrars: keys that may register other keys.
        issuers: public keys of each trusted issuer, by DID.
        max_status_age_s: how old a status list may be, in seconds.
        monitors: keys whose completeness statements count.
    """

    policy: Policy
    registrars: tuple[VerifierKey, ...]
    issuers: Mapping[str, tuple[bytes, ...]]
    max_status_age_s: int
    monitors: tuple[VerifierKey, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> TrustPolicy:
        """Read a trust file.

        Raises:
            MalformedTrust: not such a file, or a key that nobody should trust.
        """
        try:
            value = jcs_decode(data)
        except LedgerError as error:
            raise MalformedTrust("the trust file is not JSON", reason=error.message) from error
        if not isinstance(value, dict) or set(value) - {_MONITORS} != _FIELDS:
            raise MalformedTrust("a trust file has exactly these fields", fields=sorted(_FIELDS))
        age = value["max_status_age_s"]
        if type(age) is not int or age < 0:
            raise MalformedTrust("max_status_age_s is a whole number of seconds")
        if not isinstance(value["policy"], str):
            raise MalformedTrust("policy is the text of a tlog-policy")
        try:
            policy = Policy.parse(value["policy"])
        except LedgerError as error:
            raise MalformedTrust("the policy cannot be read", reason=str(error)) from error
        if not policy.logs:
            raise MalformedTrust("the policy names no log")
        registrars = tuple(_signing_key(text) for text in _list(value["registrars"], "registrars"))
        monitors = tuple(_signing_key(text) for text in _list(value.get(_MONITORS, []), _MONITORS))
        issuers: dict[str, tuple[bytes, ...]] = {}
        for issuer in _list(value["issuers"], "issuers"):
            did, keys = _issuer(issuer)
            if did in issuers:
                raise MalformedTrust("an issuer stands twice in the trust file", did=did)
            issuers[did] = keys
        return cls(policy, registrars, MappingProxyType(issuers), age, monitors)


def trust_file(
    *,
    log_key: VerifierKey,
    registrars: Sequence[str],
    issuers: Mapping[str, Sequence[bytes]],
    max_status_age_s: int,
    policy: str = "",
) -> bytes:
    """Write a trust file for one log: without witnesses, unless the text of a policy is given."""
    value = {
        "policy": policy or f"log {log_key.encode()}\nquorum none\n",
        "registrars": list(registrars),
        "issuers": [
            {"did": did, "keys": [encode_multikey(public) for public in keys]} for did, keys in sorted(issuers.items())
        ],
        "max_status_age_s": max_status_age_s,
    }
    return jcs(value) + b"\n"


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedTrust("this field of the trust file is a list", field=field)
    return value


def _signing_key(text: Any) -> VerifierKey:
    if not isinstance(text, str):
        raise MalformedTrust("a registrar or monitor is a verifier key")
    try:
        key = VerifierKey.parse(text)
        check_public_key(key.public)
    except LedgerError as error:
        raise MalformedTrust("a key of the trust file cannot be used", key=text[:120], reason=error.message) from error
    return key


def _issuer(value: Any) -> tuple[str, tuple[bytes, ...]]:
    if not isinstance(value, dict) or set(value) != {"did", "keys"} or not isinstance(value["did"], str):
        raise MalformedTrust("an issuer has a did and keys")
    keys = []
    try:
        check_did(value["did"])
        for text in _list(value["keys"], "keys"):
            if not isinstance(text, str):
                raise MalformedTrust("an issuer's key is a Multikey", did=value["did"])
            public = decode_multikey(text)
            check_public_key(public)
            keys.append(public)
    except (MalformedDid, MalformedMultibase, LedgerError) as error:
        raise MalformedTrust("an issuer's key cannot be used", reason=str(error)) from error
    if not keys:
        raise MalformedTrust("an issuer has at least one key", did=value["did"])
    return value["did"], tuple(keys)
