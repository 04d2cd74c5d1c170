//! The `kirin` binary; everything it does is in the library.

use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the threads of this process cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(kirin::cli::main());
    // A call to a broker that does not answer must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(2));
    code
}
