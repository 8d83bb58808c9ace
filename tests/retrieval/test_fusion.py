import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdivide.retrieval.fusion import fuse

scores = st.floats(-100, 100, allow_nan=False)


def test_what_both_searches_like_comes_first_and_what_neither_likes_last() -> None:
    fused = fuse({1: 0.9, 2: 0.5, 3: 0.1}, {1: 12.0, 2: 6.0, 3: 0.0})
    assert fused == {1: 1.0, 2: 0.5, 3: 0.0}


def test_the_weight_is_the_share_of_the_dense_score() -> None:
    dense, lexical = {1: 1.0, 2: 0.0}, {1: 0.0, 2: 7.0}
    assert fuse(dense, lexical, weight=1) == {1: 1.0, 2: 0.0}
    assert fuse(dense, lexical, weight=0) == {1: 0.0, 2: 1.0}
    assert fuse(dense, lexical, weight=0.25) == pytest.approx({1: 0.25, 2: 0.75})


def test_a_search_that_tells_nothing_apart_leaves_it_to_the_other() -> None:
    fused = fuse({1: 0.4, 2: 0.4, 3: 0.4}, {1: 0.0, 2: 3.0, 3: 1.0})
    assert sorted(fused, key=lambda key: -fused[key]) == [2, 3, 1]


def test_nothing_and_one_thing() -> None:
    assert fuse({}, {}) == {}
    assert fuse({5: 0.3}, {5: 0.0}).keys() == {5}


@given(st.dictionaries(st.integers(), st.tuples(scores, scores)), st.floats(0, 1))
def test_scores_lie_between_0_and_1_and_keep_the_order_both_agree_on(pairs: dict[int, tuple[float, float]], weight: float) -> None:
    dense, lexical = {key: a for key, (a, _) in pairs.items()}, {key: b for key, (_, b) in pairs.items()}
    fused = fuse(dense, lexical, weight=weight)
    assert fused.keys() == pairs.keys()
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in fused.values())
    for one in pairs:
        for other in pairs:
            if dense[one] >= dense[other] and lexical[one] >= lexical[other]:
                assert fused[one] >= fused[other] - 1e-9


@given(st.dictionaries(st.integers(), st.tuples(scores, scores), min_size=1), st.floats(0.1, 10), st.floats(-10, 10))
def test_the_scale_of_a_search_does_not_matter(pairs: dict[int, tuple[float, float]], factor: float, shift: float) -> None:
    dense, lexical = {key: round(a, 2) for key, (a, _) in pairs.items()}, {key: round(b, 2) for key, (_, b) in pairs.items()}
    moved = {key: score * factor + shift for key, score in lexical.items()}
    assert fuse(dense, moved) == pytest.approx(fuse(dense, lexical), abs=1e-6)
