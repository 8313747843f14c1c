import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit.proof.merkle import Frontier, included, inclusion_proof, leaf_hash, root_of

# The leaves and roots of the RFC 6962 test vectors in certificate-transparency's own implementation.
LEAVES = tuple(map(bytes.fromhex, (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)))  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
digests = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_that_of_certificate_transparency(size):
    assert root_of(map(leaf_hash, LEAVES[:size])).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert Frontier().root == hashlib.sha256(b"").digest()


@given(digests, st.data())
def test_every_leaf_is_proven_to_be_where_it_is(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_proof(leaves, index)
    assert included(leaves[index], index, len(leaves), path, root_of(leaves))


@given(digests, st.data())
def test_no_proof_holds_for_another_place_leaf_or_path(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = inclusion_proof(leaves, index), root_of(leaves)
    other = data.draw(st.integers(-1, len(leaves)).filter(lambda place: place != index))
    assert other >= 0 or not included(leaves[index], other, len(leaves), path, root)
    assert not included(bytes(32), index, len(leaves), path, root) or leaves[index] == bytes(32)
    assert not included(leaves[index], index, len(leaves), (*path, bytes(32)), root)
    assert not path or not included(leaves[index], index, len(leaves), path[:-1], root)


@given(digests, digests)
def test_a_frontier_goes_on_where_it_was_left(before, after):
    assert Frontier().extend(before).extend(after).root == root_of([*before, *after])
