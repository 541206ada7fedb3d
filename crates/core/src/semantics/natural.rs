//! Whole numbers of any size, with the few operations that exact rounding of decimal text needs.

use std::cmp::Ordering;

/// A whole number: limbs of 64 bits, the least first, without zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u64>);

/// The greatest power of ten in a limb.
const TEN_TO_19: u64 = 10_000_000_000_000_000_000;

impl Natural {
    pub(super) const ZERO: Natural = Natural(Vec::new());

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The number, if it fits.
    pub(super) fn to_u64(&self) -> Option<u64> {
        match *self.0.as_slice() {
            [] => Some(0),
            [limb] => Some(limb),
            _ => None,
        }
    }

    /// How many bits it takes to write it; 0 for zero.
    pub(super) fn bits(&self) -> u64 {
        self.0.last().map_or(0, |top| self.0.len() as u64 * 64 - u64::from(top.leading_zeros()))
    }

    /// `self = self × factor + addend`
    pub(super) fn mul_add(&mut self, factor: u64, addend: u64) {
        let mut carry = u128::from(addend);
        for limb in &mut self.0 {
            carry += u128::from(*limb) * u128::from(factor);
            *limb = carry as u64;
            carry >>= 64;
        }
        if carry > 0 {
            self.0.push(carry as u64);
        }
        self.trim();
    }

    /// `self = self × 10^power`
    pub(super) fn scale(&mut self, power: u64) {
        for _ in 0..power / 19 {
            self.mul_add(TEN_TO_19, 0);
        }
        self.mul_add(10_u64.pow((power % 19) as u32), 0);
    }

    /// `self = self × 2^by`
    pub(super) fn shl(&mut self, by: u64) {
        self.mul_add(1 << (by % 64), 0);
        if !self.is_zero() {
            self.0.splice(0..0, (0..by / 64).map(|_| 0));
        }
    }

    /// `self = self ÷ 2^by`, to the nearest, half-way cases to the even one.
    pub(super) fn shr_to_nearest(&mut self, by: u64) {
        if by == 0 {
            return;
        }
        let half = self.bit(by - 1);
        let beyond_half = self.trailing_zeros() < by - 1;
        let odd = self.bit(by);
        self.0.drain(..self.0.len().min((by / 64) as usize));
        let (bits, mut carry) = (by % 64, 0);
        for limb in self.0.iter_mut().rev() {
            let all = (u128::from(carry) << 64 | u128::from(*limb)) >> bits;
            carry = *limb & ((1 << bits) - 1);
            *limb = all as u64;
        }
        self.trim();
        if half && (odd || beyond_half) {
            self.add(&Natural::from(1));
        }
    }

    fn trailing_zeros(&self) -> u64 {
        let empty = self.0.iter().take_while(|limb| **limb == 0).count();
        empty as u64 * 64 + self.0.get(empty).map_or(0, |limb| u64::from(limb.trailing_zeros()))
    }

    fn bit(&self, at: u64) -> bool {
        self.0.get((at / 64) as usize).is_some_and(|limb| limb >> (at % 64) & 1 == 1)
    }

    /// `self = self + other`
    pub(super) fn add(&mut self, other: &Natural) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        let mut carry = false;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let sum = u128::from(*limb) + u128::from(other.limb(at)) + u128::from(carry);
            *limb = sum as u64;
            carry = sum >> 64 != 0;
        }
        if carry {
            self.0.push(1);
        }
    }

    /// `self = self − other`, which must not be greater.
    pub(super) fn sub(&mut self, other: &Natural) {
        let mut borrow = false;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let (part, first) = limb.overflowing_sub(other.limb(at));
            let (rest, second) = part.overflowing_sub(u64::from(borrow));
            *limb = rest;
            borrow = first || second;
        }
        self.trim();
    }

    /// `self = self ÷ divisor`, which is not zero; returns what is left.
    fn divide_by_limb(&mut self, divisor: u64) -> u64 {
        let mut rest = 0;
        for limb in self.0.iter_mut().rev() {
            let all = u128::from(rest) << 64 | u128::from(*limb);
            *limb = (all / u128::from(divisor)) as u64;
            rest = (all % u128::from(divisor)) as u64;
        }
        self.trim();
        rest
    }

    /// The whole part of `self ÷ divisor`, which is not zero, and whether something is left. Takes a step for each bit of the quotient
    /// if the divisor has several limbs.
    pub(super) fn divide(mut self, divisor: &Natural) -> (Natural, bool) {
        if let [limb] = *divisor.0.as_slice() {
            let rest = self.divide_by_limb(limb);
            return (self, rest != 0);
        }
        let steps = self.bits().saturating_sub(divisor.bits());
        let mut quotient = Natural::ZERO;
        let mut aligned = divisor.clone();
        aligned.shl(steps);
        for _ in 0..=steps {
            let fits = self >= aligned;
            if fits {
                self.sub(&aligned);
            }
            quotient.mul_add(2, u64::from(fits));
            self.mul_add(2, 0);
        }
        (quotient, !self.is_zero())
    }

    /// The decimal digits; none for zero.
    pub(super) fn into_digits(mut self) -> String {
        let mut groups = Vec::new();
        while !self.is_zero() {
            groups.push(self.divide_by_limb(TEN_TO_19));
        }
        let digits: String = groups.iter().rev().map(|group| format!("{group:019}")).collect();
        digits.trim_start_matches('0').to_owned()
    }

    fn limb(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or(0)
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl From<u64> for Natural {
    fn from(number: u64) -> Natural {
        let mut natural = Natural(vec![number]);
        natural.trim();
        natural
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Natural) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Natural) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn natural(number: u128) -> Natural {
        let mut natural = Natural::from((number >> 64) as u64);
        natural.shl(64);
        natural.add(&Natural::from(number as u64));
        natural
    }

    proptest! {
        #[test]
        fn agrees_with_128_bits(a: u128, b: u128, factor: u64, shift in 0_u64..128) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert_eq!(natural(a).cmp(&natural(b)), a.cmp(&b));
            prop_assert_eq!(natural(a).bits(), u64::from(128 - a.leading_zeros()));
            let digits = natural(a).into_digits();
            prop_assert_eq!(digits.as_str(), if a == 0 { String::new() } else { a.to_string() });

            let mut difference = natural(high);
            difference.sub(&natural(low));
            prop_assert_eq!(&difference, &natural(high - low));
            difference.add(&natural(low));
            prop_assert_eq!(difference, natural(high));

            let mut product = natural(a >> 64);
            product.mul_add(factor, b as u64);
            prop_assert_eq!(product.checked_to_u128(), (a >> 64).checked_mul(factor.into()).and_then(|p| p.checked_add(u128::from(b as u64))));

            let mut shifted = natural(a >> shift);
            shifted.shl(shift);
            prop_assert_eq!(shifted, natural(a >> shift << shift));

            let divisor = (b >> shift).max(1);
            let (quotient, rest) = natural(a).divide(&natural(divisor));
            prop_assert_eq!((quotient, rest), (natural(a / divisor), a % divisor != 0));
        }

        #[test]
        fn rounds_to_even(a: u128, shift in 0_u64..127) {
            // Few bits below the cut, so that half-way cases are common.
            let a = a >> 64 << shift.saturating_sub(2).min(60);
            let mut rounded = natural(a);
            rounded.shr_to_nearest(shift);
            let (floor, rest, half) = (a >> shift, a & ((1 << shift) - 1), (1_u128 << shift) / 2);
            let up = shift > 0 && (rest > half || rest == half && floor & 1 == 1);
            prop_assert_eq!(rounded, natural(floor + u128::from(up)));
        }
    }

    #[test]
    fn scales_by_powers_of_ten() {
        let mut number = Natural::from(7);
        number.scale(45);
        assert_eq!(number.into_digits(), format!("7{}", "0".repeat(45)));
    }

    impl Natural {
        fn checked_to_u128(&self) -> Option<u128> {
            (self.0.len() <= 2).then(|| u128::from(self.limb(1)) << 64 | u128::from(self.limb(0)))
        }
    }
}
