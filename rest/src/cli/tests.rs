use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

/// Where the arguments that name a server stand, before or after the words of a subcommand.
#[test]
fn a_server_and_a_user_are_accepted_after_a_nested_subcommand() {
    let line = ["kirin", "cubes", "create", "a.yaml", "--server", "http://localhost:1", "--user", "ann"];
    Cli::try_parse_from(line).unwrap();
    Cli::try_parse_from(["kirin", "holes", "c", "--fill", "1_2", "--offsets", "0:1..2", "--dry-run"])
        .unwrap();
    for wrong in [
        &["kirin", "holes", "c", "--dry-run"][..],
        &["kirin", "build"],
        &["kirin", "build", "c", "--offsets", "1..2"],
    ] {
        assert!(Cli::try_parse_from(wrong).is_err(), "{wrong:?}");
    }
}
