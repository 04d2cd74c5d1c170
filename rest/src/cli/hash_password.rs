//! `kirin hash-password`.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use clap::Args;
use console::Term;
use cube::{Error, Result};

use crate::settings::PasswordHash;

/// Read a password and print its argon2id hash for `users` in the settings file.
///
/// On a terminal the password is asked for twice and not shown; else it is the first line of
/// standard input.
///
///   kirin hash-password
///   printf '%s\n' "$PASSWORD" | kirin hash-password
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct HashPasswordArgs {}

pub(crate) fn run(_: HashPasswordArgs) -> Result<ExitCode> {
    let password = if std::io::stdin().is_terminal() { ask()? } else { first_line()? };
    if password.is_empty() {
        return Err(Error::invalid("the password is empty"));
    }
    println!("{}", PasswordHash::of(&password)?.as_str());
    Ok(ExitCode::SUCCESS)
}

fn ask() -> Result<String> {
    let terminal = Term::stderr();
    let prompt = |text: &str| -> Result<String> {
        terminal.write_str(text)?;
        let line = terminal.read_secure_line()?;
        Ok(line)
    };
    let password = prompt("Password: ")?;
    if prompt("Again: ")? != password {
        return Err(Error::invalid("the two passwords differ"));
    }
    Ok(password)
}

fn first_line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
