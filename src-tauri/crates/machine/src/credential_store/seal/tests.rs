use super::*;

const PASSPHRASE: &str = "correct horse battery staple";

/// As the first release wrote it.
const FIRST: &str = concat!(
    r#"{"format":"flowstate-credentials-encrypted","version":1,"kdf":"argon2id","cost":{"memoryKib":65536,"passes":3,"lanes":1},"#,
    r#""salt":"4DyQijBV8zJU36RMo0SHkg==","check":"cKZcE8+j8cnCj+cSeg3zUA==","cipher":"xchacha20-poly1305","#,
    r#""nonce":"gq9qsmfZ0y+01JpbCj7wSl1RI+g4/8mn"}"#,
    "\n74yPNjEK/DS5p7y8FnmHk2t0L6DK/0mo7uwoyqwz\n",
);

fn derived() -> Derived {
    Derived::anew(&Secret::new(PASSPHRASE)).unwrap()
}

#[test]
fn what_the_first_release_sealed_is_opened() {
    let sealed = Sealed::parse(FIRST.as_bytes()).unwrap();
    let key = Derived::of(&Secret::new(PASSPHRASE), &sealed.header).unwrap();
    assert!(key.opens(&sealed.header));
    assert_eq!(**sealed.open(&key).unwrap(), *b"golden content");
}

#[test]
fn no_bit_can_be_changed_unnoticed() {
    let key = derived();
    let good = seal(&key, b"content").unwrap();
    assert_eq!(**Sealed::parse(&good).unwrap().open(&key).unwrap(), *b"content");
    for (byte, bit) in (0..good.len()).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
        let mut bad = good.clone();
        bad[byte] ^= 1 << bit;
        let Ok(sealed) = Sealed::parse(&bad) else { continue };
        // Another salt or cost asks for another key, which does not fit either.
        let opened = key.opens(&sealed.header).then(|| sealed.open(&key));
        assert!(!matches!(opened, Some(Ok(_))), "bit {bit} of byte {byte}");
    }
}

#[test]
fn the_first_line_counts_as_it_stands() {
    let key = derived();
    let text = String::from_utf8(seal(&key, b"content").unwrap()).unwrap();
    let same = text.replacen("\"version\":1", "\"version\": 1", 1);
    let sealed = Sealed::parse(same.as_bytes()).unwrap();
    assert!(key.opens(&sealed.header), "it says the same");
    let what = "its seal is broken";
    assert_eq!(sealed.open(&key).unwrap_err(), SealError::Damaged { what });
}

#[test]
fn the_key_is_that_of_passphrase_salt_and_cost() {
    let key = derived();
    let text = seal(&key, b"content").unwrap();
    let sealed = Sealed::parse(&text).unwrap();
    let again = Derived::of(&Secret::new(PASSPHRASE), &sealed.header).unwrap();
    assert!(again.opens(&sealed.header));
    assert_eq!(**sealed.open(&again).unwrap(), *b"content");
    assert!(
        !Derived::of(&Secret::new("another"), &sealed.header)
            .unwrap()
            .opens(&sealed.header)
    );
    assert!(!derived().opens(&sealed.header), "another salt");
    assert_ne!(
        STANDARD.encode(&key.key[..16]),
        key.check,
        "what is written down is no part of the key"
    );
}

#[test]
fn debug_shows_nothing_of_the_key() {
    assert_eq!(format!("{:?}", derived()), "Derived(…)");
}
