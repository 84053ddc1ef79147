//! A server's life: its database, its port, and its end.

use std::io::{self, Write};
use std::path::PathBuf;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::cli::exit::Exit;
use crate::cli::gateway;
use crate::cli::listening::listen;
use crate::cli::service::told;
use crate::cli::signal::Ends;
use crate::cli::tls_folder;
use crate::server::{self, Config, Database, DatabaseError, Listener, Stats, TlsListener};

use super::{ServePlan, now};

/// Serves until a signal ends it; a second one ends it at once.
pub(super) fn run(plan: ServePlan, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.map_err(ServeError::from).and_then(|runtime| {
        let database = plan.db.as_deref().map(Database::open).transpose();
        let database = database.map_err(|error| ServeError::of_database(plan.db.clone(), error))?;
        runtime.block_on(listen_and_serve(plan, database, out))
    });
    match served {
        Ok(exit) => exit,
        Err(error) => {
            let _ = writeln!(err, "error: failed to serve: {error}");
            error.exit()
        }
    }
}

/// Why a server does not serve, or no more.
#[derive(Debug, Error)]
enum ServeError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("--db {}: {error}", .path.display())]
    Database { path: PathBuf, error: DatabaseError },
}

impl ServeError {
    fn of_database(path: Option<PathBuf>, error: DatabaseError) -> Self {
        Self::Database { path: path.unwrap_or_default(), error }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Database { error, .. } if error.is_of_the_file() => Exit::Usage,
            Self::Database { error: DatabaseError::Panicked, .. } => Exit::Bug,
            Self::Database { .. } | Self::Io(_) => Exit::NotDone,
        }
    }
}

async fn listen_and_serve(
    plan: ServePlan,
    database: Option<Database>,
    out: &mut dyn Write,
) -> Result<Exit, ServeError> {
    let listener = listen(plan.listen).map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {}: {error}", plan.listen))
    })?;
    let mut ends = Ends::watch()?;
    let address = listener.local_addr()?;
    let tls = plan.tls.map(|folder| tls_folder::open(&folder, address.ip(), &plan.tls_names));
    let tls = tls.transpose()?;
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    writeln!(out, "listening on {scheme}://{address}/uat")?;
    out.flush()?;
    let config = Config { epoch_at_start: now(), ..plan.config };
    let (end, ended) = oneshot::channel();
    let ending = async {
        // It is kept until the server is done.
        let _ = ended.await;
    };
    let serving = async {
        match tls {
            Some(tls) => serve_on(TlsListener::new(listener, tls), config, database, ending).await,
            None => serve_on(listener, config, database, ending).await,
        }
    };
    let told_twice = async {
        ends.next().await;
        // Where it is done already, it needs no telling.
        let _ = end.send(());
        ends.next().await;
    };
    let served = tokio::select! {
        served = serving => served,
        () = told_twice => return Ok(Exit::Interrupted),
    };
    let stats = served.map_err(|error| ServeError::of_database(plan.db, error))?;
    let served = stats.served.map(|served| told(&served));
    let gated = stats.gated.map(|gated| gateway::told(&gated));
    served.into_iter().chain(gated).try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(Exit::Passed)
}

async fn serve_on<L: Listener>(
    listener: L,
    config: Config,
    database: Option<Database>,
    ending: impl Future<Output = ()>,
) -> Result<Stats, DatabaseError> {
    match database {
        Some(database) => server::serve_durable(listener, config, database, ending).await,
        None => Ok(server::serve(listener, config, ending).await),
    }
}
