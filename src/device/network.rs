//! How streams to a server are opened.

use std::rc::Rc;

use super::transport::{Dial, TcpDial};

/// What every stream of a run goes by. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Network;

impl Network {
    /// Opens streams, on one thread.
    pub fn dial(&self) -> Rc<dyn Dial> {
        Rc::new(TcpDial)
    }
}
