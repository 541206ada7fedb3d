//! What the compiler does not find by itself.
#![allow(unsafe_code, reason = "arrays and registers have the same bits")]

use std::arch::x86_64::{
    __m256i, __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_cvtepi64_epi32, _mm512_popcnt_epi64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_sub_epi64,
};

use crate::bits::{LANES, PLANES};

/// [`weigh`](crate::bits::weigh), a register for eight rows.
#[target_feature(enable = "avx512f,avx512vpopcntdq")]
pub(crate) fn weigh(planes: &[[u64; PLANES]], blocks: &[u64], sums: &mut [[i32; LANES]]) {
    for (block, sums) in blocks.chunks_exact(planes.len() * LANES).zip(sums) {
        let mut counts = [_mm512_setzero_si512(); PLANES + 1];
        for (lanes, planes) in block.as_chunks::<LANES>().0.iter().zip(planes) {
            // SAFETY: both are 512 bits, and all bits have a meaning in both.
            let lanes = unsafe { std::mem::transmute::<[u64; LANES], __m512i>(*lanes) };
            for (count, plane) in counts.iter_mut().zip(planes.iter().chain([&u64::MAX])) {
                let both = _mm512_and_si512(lanes, _mm512_set1_epi64(plane.cast_signed()));
                *count = _mm512_add_epi64(*count, _mm512_popcnt_epi64(both));
            }
        }
        let [first, second, third, fourth, ones] = counts;
        let low = _mm512_add_epi64(first, _mm512_slli_epi64::<1>(second));
        let high = _mm512_add_epi64(third, _mm512_slli_epi64::<1>(fourth));
        let steps = _mm512_add_epi64(low, _mm512_slli_epi64::<2>(high));
        // Fifteen is sixteen less one.
        let less = _mm512_sub_epi64(_mm512_slli_epi64::<4>(ones), ones);
        let total = _mm512_cvtepi64_epi32(_mm512_sub_epi64(_mm512_slli_epi64::<1>(steps), less));
        // SAFETY: both are 256 bits, and all bits have a meaning in both.
        *sums = unsafe { std::mem::transmute::<__m256i, [i32; LANES]>(total) };
    }
}
