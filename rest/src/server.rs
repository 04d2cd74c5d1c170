//! A server from its settings to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cube::catalog::Catalog;
use cube::store::SegmentStore;
use cube::{Error, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::http;
use crate::settings::Settings;

/// How long open requests may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(30);

/// A running server. Dropping it leaves it running; see [`Server::stop`].
pub struct Server {
    /// Where it listens, with the port that was taken for port 0.
    pub address: SocketAddr,
    pub engine: ingest::engine::Engine,
    pub query: query::Engine,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Opens the data folder, takes up unfinished jobs, and listens.
///
/// # Errors
/// `Invalid` for settings that cannot work; `Conflict` if another process has the data folder;
/// `Unavailable` if the folder or the address cannot be used.
pub async fn start(settings: Settings) -> Result<Server> {
    settings.check()?;
    let folder = settings.data_dir.clone();
    std::fs::create_dir_all(&folder).map_err(|error| {
        Error::unavailable(format!(
            "data folder {}: {error}; give one that this user may write",
            folder.display()
        ))
    })?;
    // Listen first: an address in use is noticed before any job is taken up.
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let catalog = Arc::new(Catalog::open_sqlite(&folder.join("catalog.sqlite")).await?);
    let store = SegmentStore::local(&folder.join("segments"))?;
    let query = query::Engine::new(catalog.clone(), Arc::new(store.clone()), settings.query_options())?;
    let engine = ingest::engine::Engine::start(catalog, store, settings.ingest_options()).await?;
    let app = App::new(settings, engine.clone(), query.clone())?;

    let (stop, mut stopped) = watch::channel(false);
    let wait = async move {
        // The sender is gone when the server was dropped: then it serves for ever.
        if stopped.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let serve = axum::serve(listener, http::router(app.clone())).with_graceful_shutdown(wait);
    let serving = tokio::spawn(serve.into_future());
    Ok(Server { address, engine, query, app, stop, serving })
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Error::unavailable(format!(
            "cannot listen on {address}: {error}; stop what listens there, or set `listen`"
        ))
    })
}

impl Server {
    /// Accepts no more requests, stops the builds, and waits for open requests. Jobs that were
    /// running are taken up at the next start.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.app.events.close();
        self.engine.stop();
        if tokio::time::timeout(GRACE, &mut self.serving).await.is_err() {
            tracing::warn!(seconds = GRACE.as_secs(), "some requests did not end in time and were cut off");
            self.serving.abort();
        }
    }

    /// Returns when the server has ended by itself, which only an error makes it do.
    pub async fn ended(&mut self) -> Result<()> {
        match (&mut self.serving).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::unavailable(format!("the server ended: {error}"))),
            Err(error) => Err(Error::internal(format!("the server ended: {error}"))),
        }
    }
}
