//! The word to all connections that the server is closing.

use tokio::sync::watch;

/// Tells when the server begins to close.
#[derive(Clone, Debug)]
pub(super) struct Closing(watch::Receiver<bool>);

impl Closing {
    /// What is told, and where it is heard.
    pub(super) fn channel() -> (watch::Sender<bool>, Self) {
        let (teller, hearer) = watch::channel(false);
        (teller, Self(hearer))
    }

    /// Resolves once the server is closing, or gone.
    pub(super) async fn begun(&mut self) {
        let _ = self.0.wait_for(|closing| *closing).await;
    }
}
