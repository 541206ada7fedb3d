//! Selections of a sorted set on its tree.

use bytes::Bytes;
use credenza_embedded::Selection;

use crate::rank_tree::RankTree;

/// The ranks of a selection, from the least; `None` if it is no run of ranks, because scores differ.
fn ranks(tree: &RankTree, selection: Selection<'_>) -> Option<std::ops::Range<usize>> {
    let len = tree.len();
    let range = match selection {
        Selection::Rank(start) => (start as usize).min(len)..len,
        Selection::Score(range) => {
            tree.partition_point(|score, _| !range.reaches(score))
                ..tree.partition_point(|score, _| !range.exceeds(score))
        }
        Selection::Lex(range) => {
            let score = |index| tree.get(index).map(|(score, _)| score);
            if len > 0 && score(0) != score(len - 1) {
                return None;
            }
            tree.partition_point(|_, member| !range.reaches(member))
                ..tree.partition_point(|_, member| !range.exceeds(member))
        }
    };
    Some(range.start.min(range.end)..range.end)
}

/// How many members are in the selection.
pub(crate) fn count(tree: &RankTree, selection: Selection<'_>) -> u64 {
    match (ranks(tree, selection), selection) {
        (Some(ranks), _) => ranks.len() as u64,
        (None, Selection::Lex(range)) => {
            tree.iter_from(0).filter(|(_, member)| range.contains(member)).count() as u64
        }
        (None, _) => 0,
    }
}

/// Members with their scores: skips `offset` and returns `count` at most, from the least or from the greatest.
pub(crate) fn range(
    tree: &RankTree,
    selection: Selection<'_>,
    reverse: bool,
    offset: u64,
    count: u64,
) -> Vec<(Bytes, f64)> {
    let (offset, count) = (offset.min(tree.len() as u64) as usize, count.min(tree.len() as u64) as usize);
    let owned = |(score, member): (f64, &Bytes)| (member.clone(), score);
    match (ranks(tree, selection), selection) {
        (Some(ranks), _) => {
            // Ranks count from the end that is read first; the selection has the others.
            let ranks = match selection {
                Selection::Rank(_) if reverse => 0..ranks.len(),
                _ => ranks,
            };
            if reverse {
                let end = ranks.end.saturating_sub(offset).max(ranks.start);
                tree.range(end.saturating_sub(count).max(ranks.start), end).rev().map(owned).collect()
            } else {
                let start = (ranks.start + offset).min(ranks.end);
                tree.range(start, start.saturating_add(count).min(ranks.end)).map(owned).collect()
            }
        }
        (None, Selection::Lex(wanted)) => {
            let inside = |(_, member): &(f64, &Bytes)| wanted.contains(member);
            if reverse {
                tree.iter_back_from(tree.len()).filter(inside).skip(offset).take(count).map(owned).collect()
            } else {
                tree.iter_from(0).filter(inside).skip(offset).take(count).map(owned).collect()
            }
        }
        (None, _) => Vec::new(),
    }
}
