//! The `kirin` binary; everything it does is in the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    kirin::cli::main().await
}
