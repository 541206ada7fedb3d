//! Which row stands in which slot.

use std::collections::HashMap;

#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    pub(crate) rows: Vec<i64>,
    slots: HashMap<i64, u32, foldhash::fast::RandomState>,
}

impl Slots {
    pub(crate) fn find(&self, row: i64) -> Option<usize> {
        self.slots.get(&row).map(|slot| *slot as usize)
    }

    /// The slot of a row, and whether it is new.
    pub(crate) fn take(&mut self, row: i64) -> (usize, bool) {
        if let Some(slot) = self.find(row) {
            return (slot, false);
        }
        let slot = self.rows.len();
        self.rows.push(row);
        self.slots.insert(row, slot as u32);
        (slot, true)
    }

    /// Frees the slot of a row. The last slot moves there: what stands in it has to move from the second to the first.
    pub(crate) fn free(&mut self, row: i64) -> Option<(usize, usize)> {
        let slot = self.slots.remove(&row)? as usize;
        let last = self.rows.len() - 1;
        self.rows.swap_remove(slot);
        if let Some(moved) = self.rows.get(slot) {
            self.slots.insert(*moved, slot as u32);
        }
        Some((slot, last))
    }
}
