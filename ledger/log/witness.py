"""Read cosignatures and the policies that say which of them are enough.

Source: C2SP tlog-cosignature (Ed25519, cosignature/v1), C2SP tlog-policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger.errors import (
    KeyUntrusted,
    LedgerError,
    MalformedKey,
    MalformedNote,
    MalformedPolicy,
)
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.note import COSIGNATURE, ED25519, Signature, SignedNote, VerifierKey
from ledger.log.signer import SIGNATURE_SIZE, Signer, check_public_key, verify_signature

NO_QUORUM: Final = "none"
MAX_TIMESTAMP: Final = 2**63 - 1
_MAX_POLICY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Cosignature:
    """Hold a witness's statement: when it saw the checkpoint, and its signature."""

    name: str
    key_id: bytes
    timestamp: int
    signature: bytes

    @classmethod
    def parse(cls, line: Signature) -> Cosignature:
        """Read a signature line of a checkpoint as a cosignature.

        Raises:
            MalformedNote: the line is not of that length, or its time is impossible.
        """
        if len(line.blob) != 8 + SIGNATURE_SIZE:
            raise MalformedNote("a cosignature is not 72 bytes long", name=line.name)
        timestamp = int.from_bytes(line.blob[:8], "big")
        if timestamp > MAX_TIMESTAMP:
            raise MalformedNote("the time of a cosignature is impossible", name=line.name)
        return cls(line.name, line.key_id, timestamp, line.blob[8:])

    def line(self) -> Signature:
        """Return the signature line."""
        return Signature(self.name, self.key_id, self.timestamp.to_bytes(8, "big") + self.signature)


def cosigned_message(checkpoint_text: bytes, timestamp: int) -> bytes:
    """Return the bytes that a witness signs."""
    return b"cosignature/v1\ntime %d\n" % timestamp + checkpoint_text


def cosign(checkpoint_text: bytes, signer: Signer, timestamp: int) -> Signature:
    """Make a witness's signature line; checking consistency first is the caller's duty."""
    if signer.public_key.algorithm != COSIGNATURE:
        raise KeyUntrusted("this key makes no cosignatures", name=signer.name)
    blob = signer.sign(cosigned_message(checkpoint_text, timestamp))
    return Cosignature(signer.name, signer.public_key.key_id, timestamp, blob).line()


def verify_cosignature(note: SignedNote, key: VerifierKey) -> int:
    """Check that a witness cosigned a checkpoint; return the time it states.

    Raises:
        KeyUntrusted: no line of this key.
        MalformedNote, SignatureUntrusted: a line of this key is bad.
    """
    lines = [line for line in note.signatures if line.is_by(key)]
    if not lines or key.algorithm != COSIGNATURE:
        raise KeyUntrusted("the checkpoint is not cosigned by this witness", name=key.name)
    times: list[int] = []
    for line in lines:
        statement = Cosignature.parse(line)
        verify_signature(key.public, cosigned_message(note.text, statement.timestamp), statement.signature)
        times.append(statement.timestamp)
    return max(times)


@dataclass(frozen=True, slots=True)
class Group:
    """Name members of which at least ``threshold`` must have witnessed."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """Say what a policy found in one checkpoint.

    Args:
        checkpoint: the tree head, signed by a log of the policy.
        log: that log's key.
        witnessed: by policy name, the time each valid cosignature states.
        failures: by policy name, why a cosignature present under that witness's key does not count.
        satisfied: whether the quorum is met.
    """

    checkpoint: Checkpoint
    log: VerifierKey
    witnessed: Mapping[str, int]
    failures: Mapping[str, str]
    satisfied: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold the logs, witnesses and quorum that a checker accepts."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | bytes) -> Policy:
        """Read a policy file.

        Raises:
            MalformedPolicy: a line cannot be read, a name or key occurs twice, or there is not exactly one quorum.
        """
        return _PolicyReader().read(text)

    def check(self, checkpoint_note: bytes) -> PolicyResult:
        """Check a signed checkpoint against the policy.

        Returns:
            What was found; ``satisfied`` says whether the quorum is met.

        Raises:
            MalformedNote, MalformedCheckpoint: the bytes cannot be read.
            KeyUntrusted, SignatureUntrusted: no log of the policy signed the checkpoint.
        """
        note = SignedNote.parse(checkpoint_note)
        key = next((log for log in self.logs if any(line.is_by(log) for line in note.signatures)), None)
        if key is None:
            raise KeyUntrusted("no log of the policy signed the checkpoint")
        checkpoint = open_checkpoint(checkpoint_note, key)
        witnessed: dict[str, int] = {}
        failures: dict[str, str] = {}
        for name, witness in self.witnesses.items():
            if not any(line.is_by(witness) for line in note.signatures):
                continue
            try:
                witnessed[name] = verify_cosignature(note, witness)
            except LedgerError as error:
                failures[name] = error.code
        return PolicyResult(checkpoint, key, witnessed, failures, self._met(self.quorum, witnessed))

    def _met(self, name: str, witnessed: Mapping[str, int]) -> bool:
        if name == NO_QUORUM:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in witnessed
        return sum(self._met(member, witnessed) for member in group.members) >= group.threshold


class _PolicyReader:
    """Collect the lines of one policy file."""

    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[str, str] = {}
        self.members: set[str] = set()
        self.quorum: str | None = None

    def read(self, text: str | bytes) -> Policy:
        try:
            decoded = (text if isinstance(text, bytes) else text.encode("utf-8")).decode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise MalformedPolicy("a policy holds a lone surrogate") from None
        if len(decoded) > _MAX_POLICY or any((c < " " and c not in "\t\n") or c == "\x7f" for c in decoded):
            raise MalformedPolicy("a policy is too long or holds a control character")
        for number, line in enumerate(decoded.split("\n"), start=1):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            if words and not words[0].startswith("#"):
                self._line(number, words)
        if self.quorum is None:
            raise MalformedPolicy("a policy has no quorum line")
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum, self.urls)

    def _line(self, number: int, words: list[str]) -> None:
        keyword, rest = words[0], words[1:]
        if keyword == "log" and len(rest) in (1, 2):
            self._log(number, rest)
        elif keyword == "witness" and len(rest) in (2, 3):
            self._witness(number, rest)
        elif keyword == "group" and len(rest) >= 3:
            self._group(number, rest)
        elif keyword == "quorum" and len(rest) == 1:
            if self.quorum is not None:
                raise MalformedPolicy("a policy has a second quorum line", line=number)
            if rest[0] != NO_QUORUM and not self._known(rest[0]):
                raise MalformedPolicy("the quorum names nothing defined above it", line=number, name=rest[0])
            self.quorum = rest[0]
        else:
            raise MalformedPolicy("a line of a policy cannot be read", line=number)

    def _log(self, number: int, rest: list[str]) -> None:
        key = _key(number, rest[0], ED25519)
        if any(key.public == other.public for other in self.logs):
            raise MalformedPolicy("a log key occurs twice", line=number)
        self.logs.append(key)
        if len(rest) == 2:
            self.urls[key.name] = rest[1]

    def _witness(self, number: int, rest: list[str]) -> None:
        self._new_name(number, rest[0])
        key = _key(number, rest[1], COSIGNATURE)
        if any(key.public == other.public for other in self.witnesses.values()):
            raise MalformedPolicy("a witness key occurs twice", line=number)
        self.witnesses[rest[0]] = key
        if len(rest) == 3:
            self.urls[rest[0]] = rest[2]

    def _group(self, number: int, rest: list[str]) -> None:
        name, rule, members = rest[0], rest[1], rest[2:]
        self._new_name(number, name)
        for member in members:
            if not self._known(member):
                raise MalformedPolicy("a group names nothing defined above it", line=number, name=member)
            if member in self.members:
                raise MalformedPolicy("a name is a member of two groups, or twice of one", line=number, name=member)
            self.members.add(member)
        self.groups[name] = Group(_threshold(number, rule, len(members)), tuple(members))

    def _new_name(self, number: int, name: str) -> None:
        if name == NO_QUORUM or self._known(name):
            raise MalformedPolicy("a name is defined twice or reserved", line=number, name=name)

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups


def _threshold(number: int, rule: str, count: int) -> int:
    if rule == "all":
        return count
    if rule == "any":
        return 1
    if rule.isascii() and rule.isdigit() and len(rule) < 6 and rule == str(int(rule)) and 1 <= int(rule) <= count:
        return int(rule)
    raise MalformedPolicy("the threshold of a group is impossible", line=number)


def _key(number: int, text: str, algorithm: int) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
        check_public_key(key.public)
    except MalformedKey as error:
        raise MalformedPolicy("a key of a policy cannot be used", line=number, reason=error.message) from None
    if key.algorithm != algorithm:
        raise MalformedPolicy("a key of a policy is of the wrong kind", line=number)
    return key
