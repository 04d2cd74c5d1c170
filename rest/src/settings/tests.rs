use super::*;

fn refusal(text: &str) -> String {
    Settings::parse(text).and_then(|settings| settings.check()).unwrap_err().to_string()
}

#[test]
fn a_file_sets_what_it_names_and_leaves_the_rest() {
    let settings = Settings::parse("workers: 2\nbuild_memory: 64MiB\nquery_timeout: 30s\n").unwrap();
    settings.check().unwrap();
    let expected = Settings {
        workers: 2,
        build_memory: ByteSize(64 << 20),
        query_timeout: Period(Duration::from_secs(30)),
        ..Settings::default()
    };
    assert_eq!(settings, expected);
    assert_eq!(Settings::parse("").unwrap(), Settings::default());
}

#[test]
fn settings_are_read_back_as_they_were_written() {
    let settings = Settings {
        users: vec![User { name: "ADMIN".into(), password_hash: PasswordHash::of("KYLIN").unwrap() }],
        ..Settings::default()
    };
    let text = serde_saphyr::to_string(&settings).unwrap();
    assert_eq!(Settings::parse(&text).unwrap(), settings);
}

#[test]
fn a_wrong_setting_is_refused_with_what_would_be_accepted() {
    let cases = [
        ("worker: 2", "worker"),
        ("workers: 0", "use 1 to 1024"),
        ("build_memory: 64MB", "such as 64MiB"),
        ("build_memory: 10B", "use 1MiB or more"),
        ("query_timeout: 0s", "use 1ms or more"),
        ("query_timeout: soon", "such as 30s"),
        ("users: [{name: a, password_hash: secret}]", "kirin hash-password"),
    ];
    for (text, expected) in cases {
        let refusal = refusal(text);
        assert!(refusal.contains(expected), "{text}: {refusal}");
    }
}

#[test]
fn a_refusal_does_not_show_the_hashes_around_the_mistake() {
    let refusal = refusal("users: [{name: a, password_hash: \"$argon2id$v=19$topsecret\"}]\nworker: 2");
    assert!(!refusal.contains("topsecret"), "{refusal}");
}

#[test]
fn an_open_address_without_users_is_refused_with_what_to_do() {
    let refusal = refusal("listen: 0.0.0.0:7070");
    assert!(refusal.contains("127.0.0.1:7070") && refusal.contains("`users`"), "{refusal}");
    let hash = PasswordHash::of("secret").unwrap();
    let settings = Settings {
        listen: ([0, 0, 0, 0], 7070).into(),
        users: vec![User { name: "ann".into(), password_hash: hash }],
        ..Settings::default()
    };
    settings.check().unwrap();
}

#[test]
fn names_that_basic_authentication_cannot_carry_are_refused() {
    let password_hash = PasswordHash::of("secret").unwrap();
    let named = |name: &str| User { name: name.into(), password_hash: password_hash.clone() };
    for users in [vec![named("a:b")], vec![named("")], vec![named("ann"), named("ann")]] {
        assert!(Settings { users, ..Settings::default() }.check().is_err());
    }
}

#[test]
fn hashes_never_show_in_logs() {
    let user = User { name: "ann".into(), password_hash: PasswordHash::of("secret").unwrap() };
    assert!(!format!("{user:?}").contains("argon2"));
}
