"""Check that a witness reads requests strictly and never cosigns two trees of which neither extends the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iocore.times import FixedClock
from ledger.errors import (
    KeyUntrusted,
    LedgerError,
    LogForked,
    LogUnknown,
    Malformed,
    MalformedProof,
    ProofUntrusted,
    SignatureUntrusted,
    SizeConflict,
    StoreConflict,
)
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGNATURE, SignedNote
from ledger.log.signer import Signer
from ledger.log.witness import verify_cosignature
from ledger.witness.judge import MAX_PROOF, Head, Submission, judge
from ledger.witness.service import DATABASE, Witness
from tests.support.witnesses import Branch, branches

CLOCK = FixedClock(datetime(2026, 8, 1, tzinfo=UTC))
SIZE = 24
VIEWS = branches("log.example/one", SIZE, [0, 5, 8, 17])
MAIN, FORKED = VIEWS[0], VIEWS[2]


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """Give a witness that follows one log."""
    made = Witness.create(tmp_path / "w", "witness.example/bank", CLOCK)
    made.follow(MAIN.signer.public_key)
    return made


def ask(witness: Witness, request: Submission) -> int:
    """Ask for a cosignature, check it as a verifier would, and return its time."""
    line = witness.add_checkpoint(request.encode())
    return verify_cosignature(SignedNote.parse(request.checkpoint + line), witness.public_key)


def test_request_reads_back_as_the_specification_writes_it() -> None:
    body = (
        b"old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        b"\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        b"\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz"
        b"Gku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    request = Submission.parse(body)
    assert (request.old, len(request.proof)) == (20852014, 2)
    assert Checkpoint.parse(SignedNote.parse(request.checkpoint).text).size == 20852163
    assert request.encode() == body


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"old",
        b"old 01",
        b"old -1",
        b"old 9223372036854775808",
        b"old 1 ",
        b"Old 1",
        b"old 1\nAAAA",
        b"old 1\n!",
        b"old 1\n" + b"A" * 43 + b"B=",
        b"old 1" + b"\n" + b"\n".join([b"A" * 43 + b"="] * (MAX_PROOF + 1)),
    ],
)
def test_requests_in_another_spelling_are_refused(head: bytes) -> None:
    with pytest.raises(MalformedProof):
        Submission.parse(head + b"\n\n" + MAIN.signed(3))


def test_a_request_without_a_signed_checkpoint_is_refused(witness: Witness) -> None:
    for body in (b"old 0\n\n", b"old 0\n", b"old 0\n\nx\n", b"old 0\n\n" + MAIN.head(3).text()):
        with pytest.raises(Malformed):
            witness.add_checkpoint(body)


def test_a_log_is_followed_from_nothing_through_the_empty_tree_to_many_entries(witness: Witness) -> None:
    assert ask(witness, MAIN.request(0, 0)) == int(CLOCK.at.timestamp())
    for old, size in ((0, 1), (1, 1), (1, 7), (7, 8), (8, 24)):
        ask(witness, MAIN.request(old, size))
    assert [(one.origin, one.size, one.forks) for one in witness.followed()] == [(MAIN.signer.name, 24, 0)]


def test_an_old_size_that_does_not_fit_is_answered_with_the_size_held(witness: Witness) -> None:
    ask(witness, MAIN.request(0, 8))
    for old, size in ((0, 9), (7, 9), (9, 9), (3, 5)):
        with pytest.raises(SizeConflict) as caught:
            witness.add_checkpoint(MAIN.request(old, size).encode())
        assert caught.value.size == 8
    with pytest.raises(MalformedProof):
        witness.add_checkpoint(MAIN.request(9, 8).encode())


def test_a_fork_is_never_cosigned_and_its_proof_is_kept(witness: Witness) -> None:
    ask(witness, MAIN.request(0, 8))
    with pytest.raises(ProofUntrusted):
        witness.add_checkpoint(FORKED.request(8, 12).encode())
    with pytest.raises(ProofUntrusted):
        witness.add_checkpoint(replace(MAIN.request(8, 12), proof=()).encode())
    for _ in range(2):
        with pytest.raises(LogForked):
            witness.add_checkpoint(FORKED.request(8, 8).encode())
    assert [(one.size, one.forks) for one in witness.followed()] == [(8, 1)]
    with pytest.raises(LogForked):
        judge(Head(), 0, (), Checkpoint(MAIN.signer.name, 0, bytes(32)))
    ask(witness, MAIN.request(8, 12))


def test_a_proof_between_sizes_that_need_none_is_refused(witness: Witness) -> None:
    with pytest.raises(ProofUntrusted):
        witness.add_checkpoint(replace(MAIN.request(0, 8), proof=(bytes(32),)).encode())
    ask(witness, MAIN.request(0, 8))
    with pytest.raises(ProofUntrusted):
        witness.add_checkpoint(replace(MAIN.request(8, 8), proof=(bytes(32),)).encode())


def test_only_heads_signed_by_a_followed_log_count(witness: Witness) -> None:
    other = branches("log.example/two", 3, [])[0]
    with pytest.raises(LogUnknown):
        witness.add_checkpoint(other.request(0, 3).encode())
    thief = Branch(Signer.from_seed(MAIN.signer.name, b"\x07" * 32), MAIN.leaves)
    with pytest.raises(KeyUntrusted):
        witness.add_checkpoint(thief.request(0, 3).encode())
    request = MAIN.request(0, 3)
    moved = request.checkpoint.replace(b"\n3\n", b"\n4\n", 1)
    with pytest.raises(SignatureUntrusted):
        witness.add_checkpoint(replace(request, checkpoint=moved).encode())
    both = SignedNote.parse(request.checkpoint)
    foreign = SignedNote.parse(thief.signed(3)).signatures
    ask(witness, replace(request, checkpoint=SignedNote(both.text, foreign + both.signatures).encode()))


def test_extension_lines_of_other_logs_are_cosigned_with_the_rest(witness: Witness) -> None:
    text = MAIN.head(3).text() + b"extra line\n"
    ask(witness, Submission(0, (), MAIN.signer.sign_note(text)))


def test_a_witness_is_made_once_and_never_forgets_silently(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    made = Witness.create(folder, "witness.example/bank", CLOCK)
    made.follow(MAIN.signer.public_key)
    ask(made, MAIN.request(0, 8))
    made.close()
    with pytest.raises(StoreConflict):
        Witness.create(folder, "witness.example/bank", CLOCK)
    again = Witness.open(folder, CLOCK)
    with pytest.raises(SizeConflict):
        again.add_checkpoint(FORKED.request(0, 12).encode())
    again.close()
    (folder / DATABASE).unlink()
    with pytest.raises(StoreConflict):
        Witness.open(folder, CLOCK)


def test_a_clock_that_was_set_back_stands_still(tmp_path: Path) -> None:
    folder, earlier = tmp_path / "w", FixedClock(CLOCK.at - timedelta(days=1))
    made = Witness.create(folder, "witness.example/bank", earlier)
    made.follow(MAIN.signer.public_key)
    assert ask(made, MAIN.request(0, 3)) == int(earlier.at.timestamp())
    made.close()
    for clock, size in ((CLOCK, 3), (earlier, 3), (earlier, 8)):
        opened = Witness.open(folder, clock)
        assert ask(opened, MAIN.request(3, size)) == int(CLOCK.at.timestamp())
        opened.close()


def test_a_key_that_signs_notes_makes_no_witness(tmp_path: Path) -> None:
    from ledger.witness.store import WitnessStore

    assert MAIN.signer.public_key.algorithm != COSIGNATURE
    with pytest.raises(KeyUntrusted):
        Witness(WitnessStore(tmp_path / "w.db"), MAIN.signer, CLOCK)


step = st.tuples(
    st.integers(0, len(VIEWS) - 1),
    st.one_of(st.none(), st.integers(0, SIZE)),
    st.integers(0, SIZE),
    st.integers(0, len(VIEWS) - 1),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(step, min_size=4, max_size=40))
def test_no_order_of_requests_makes_a_witness_cosign_two_inconsistent_trees(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int | None, int, int]]
) -> None:
    """Ask for heads of forked views, from honest and wrong old sizes, with proofs of this and other views."""
    witness = Witness.create(tmp_path_factory.mktemp("w") / "w", "witness.example/any", CLOCK)
    witness.follow(MAIN.signer.public_key)
    cosigned: list[tuple[int, bytes]] = []
    for view, old, size, proof_of in steps:
        start = witness.followed()[0].size if old is None else old
        proof = VIEWS[proof_of].request(start, size).proof
        try:
            ask(witness, replace(VIEWS[view].request(start, size), proof=proof))
        except LedgerError:
            continue
        cosigned.append((size, VIEWS[view].head(size).root))
    witness.close()
    assert any(all(view.head(size).root == root for size, root in cosigned) for view in VIEWS), cosigned
    assert [size for size, _ in cosigned] == sorted(size for size, _ in cosigned)
