"""Check cosignatures and policies against the specifications' own examples and every broken rule."""

from __future__ import annotations

import pytest

from ledger.errors import KeyUntrusted, MalformedNote, MalformedPolicy
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGNATURE, Signature, SignedNote, VerifierKey
from ledger.log.signer import Signer
from ledger.log.witness import Cosignature, Policy, cosign, cosigned_message, verify_cosignature

LOG = Signer.from_seed("log.example/one", bytes(32))
WITNESSES = [
    Signer(f"witness.example/w{number}", bytes([number]) * 32, algorithm=COSIGNATURE) for number in range(1, 6)
]
TEXT = Checkpoint(LOG.name, 3, merkle.leaf_hash(b"root")).text()
X1, X2, X3, Y1, Y2 = (signer.public_key.encode() for signer in WITNESSES)
POLICY = f"""\
# the example of tlog-policy, with real keys
log {LOG.public_key.encode()} https://log.example/

witness X1 {X1}
witness X2 {X2}
 \twitness\tX3  {X3} https://x3.example/
group X-witnesses 2 X1 X2 X3

witness Y1 {Y1}
witness Y2 {Y2}
group Y-witnesses any Y1 Y2

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def signed_by(*witnesses: int, time: int = 1679315147) -> bytes:
    """Return the checkpoint, signed by the log and cosigned by some witnesses."""
    note = SignedNote.parse(LOG.sign_note(TEXT))
    lines = tuple(cosign(TEXT, WITNESSES[number], time) for number in witnesses)
    return SignedNote(note.text, note.signatures + lines).encode()


def test_message_is_that_of_the_specification() -> None:
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosigned_message(text, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + text


def test_cosignature_of_the_specification_reads_back() -> None:
    line = Signature.parse(
        "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin"
        "1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    found = Cosignature.parse(line)
    assert (found.key_id.hex(), found.timestamp) == ("8d66cf3f", 1679315147)
    assert found.line() == line


def test_key_id_depends_on_the_kind_of_signature() -> None:
    witness = WITNESSES[0].public_key
    assert witness.key_id != VerifierKey.of(witness.name, witness.public).key_id
    assert VerifierKey.parse(witness.encode()) == witness
    assert Signer.parse(WITNESSES[0].encode()).public_key == witness


def test_cosignature_verifies_and_states_its_time() -> None:
    note = SignedNote.parse(signed_by(0))
    assert verify_cosignature(note, WITNESSES[0].public_key) == 1679315147
    with pytest.raises(KeyUntrusted):
        verify_cosignature(note, WITNESSES[1].public_key)
    with pytest.raises(KeyUntrusted):
        cosign(TEXT, LOG, 1)


@pytest.mark.parametrize(
    ("witnesses", "met"),
    [((), False), ((0, 1), False), ((0, 3), False), ((0, 1, 3), True), ((1, 2, 4), True), ((0, 1, 2, 3, 4), True)],
)
def test_quorum_of_the_specifications_example(witnesses: tuple[int, ...], met: bool) -> None:
    result = Policy.parse(POLICY).check(signed_by(*witnesses))
    assert result.satisfied is met
    assert len(result.witnessed) == len(witnesses)
    assert result.log == LOG.public_key


def test_a_damaged_cosignature_does_not_count() -> None:
    note = SignedNote.parse(signed_by(0, 1, 3))
    line = note.signatures[1]
    damaged = Signature(line.name, line.key_id, line.blob[:-1] + bytes([line.blob[-1] ^ 1]))
    later = Signature(line.name, line.key_id, bytes(7) + b"\x01" + line.blob[8:])
    short = Signature(line.name, line.key_id, line.blob[:-1])
    beyond = Signature(line.name, line.key_id, b"\xff" + line.blob[1:])
    for bad, code in ((damaged, "signature-untrusted"), (later, "signature-untrusted"), (short, "malformed-note")):
        lines = (note.signatures[0], bad, *note.signatures[2:])
        result = Policy.parse(POLICY).check(SignedNote(note.text, lines).encode())
        assert (result.satisfied, result.failures) == (False, {"X1": code})
    with pytest.raises(MalformedNote):
        Cosignature.parse(beyond)


def test_checkpoint_of_an_unknown_log_is_refused() -> None:
    other = Signer.from_seed(LOG.name, b"\x09" * 32).sign_note(TEXT)
    with pytest.raises(KeyUntrusted):
        Policy.parse(POLICY).check(other)


def test_no_quorum_needs_no_witness() -> None:
    policy = Policy.parse(f"log {LOG.public_key.encode()}\nquorum none")
    assert policy.check(signed_by()).satisfied


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum\n",
        "quorum none\nquorum none\n",
        "quorum X1\n",
        "log x\nquorum none\n",
        f"log {X1}\nquorum none\n",
        f"log {LOG.public_key.encode()}\nlog {LOG.public_key.encode()}\nquorum none\n",
        f"witness X1 {LOG.public_key.encode()}\nquorum X1\n",
        f"witness none {X1}\nquorum none\n",
        f"witness X1 {X1}\nwitness X1 {X2}\nquorum X1\n",
        f"witness X1 {X1}\nwitness X2 {X1}\nquorum X1\n",
        f"witness X1 {X1}\ngroup g 2 X1\nquorum g\n",
        f"witness X1 {X1}\ngroup g 0 X1\nquorum g\n",
        f"witness X1 {X1}\ngroup g 01 X1\nquorum g\n",
        f"witness X1 {X1}\ngroup g some X1\nquorum g\n",
        f"witness X1 {X1}\ngroup g any\nquorum none\n",
        f"witness X1 {X1}\ngroup g any X1 X1\nquorum g\n",
        f"witness X1 {X1}\ngroup g any X1\ngroup h any X1\nquorum g\n",
        f"group g any X1\nwitness X1 {X1}\nquorum g\n",
        f"witness X1 {X1}\ngroup g any none\nquorum g\n",
        f"quorum X1\nwitness X1 {X1}\n",
        "member x\nquorum none\n",
        "quorum none\r\n",
        "# \x7f\nquorum none\n",
        "\ud800\nquorum none\n",
    ],
)
def test_broken_policies_are_refused(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        Policy.parse(text)


def test_small_order_keys_are_refused_in_a_policy() -> None:
    weak = VerifierKey.of("log.example/weak", bytes([1]) + bytes(31)).encode()
    with pytest.raises(MalformedPolicy):
        Policy.parse(f"log {weak}\nquorum none\n")
