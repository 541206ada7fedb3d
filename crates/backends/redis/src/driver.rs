//! The seam between what commands mean and how they get to a server.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use credenza_core::{Error, ErrorKind, Result};
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::config::{RedisConfig, RedisTopology};
use crate::error::NAME;
use crate::wire::{
    Cluster, Connector, Failure, Frame, Master, Node, Packet, Routed, Sentinels, Server, Target,
};

/// The way to one server, or to those of a cluster.
#[derive(Debug)]
pub(crate) enum Driver {
    /// One server, or whoever sentinels name as the master.
    Single(Node),
    Cluster(Cluster),
}

impl Driver {
    pub(crate) async fn open(config: &RedisConfig, connector: Connector) -> Result<Driver> {
        let patience = config.timeout;
        let driver = match &config.topology {
            RedisTopology::Cluster(seeds) => {
                Cluster::connect(connector, seeds.clone(), patience).await.map(Driver::Cluster)
            }
            _ => {
                let target = target(config, &connector)?;
                let node = Node::connect(connector, target, patience).await;
                let checked = node.and_then(|(node, server)| fits(&server).map(|()| node));
                checked.map(Driver::Single)
            }
        };
        driver.map_err(Failure::into_error)
    }

    /// Where messages come from.
    pub(crate) fn target_of_messages(&self, config: &RedisConfig, connector: &Connector) -> Result<Target> {
        match self {
            Driver::Single(_) => target(config, connector),
            Driver::Cluster(cluster) => Ok(cluster.any()),
        }
    }

    /// Sends one command to the server that has the slot.
    pub(crate) async fn one(
        &self,
        slot: Option<u16>,
        packet: &Packet,
        deadline: Instant,
    ) -> Result<(Frame, u32), Failure> {
        match self {
            Driver::Single(node) => node.one(packet, deadline).await,
            Driver::Cluster(cluster) => Box::pin(cluster.one(slot, packet, deadline)).await,
        }
    }

    /// Sends several commands, to each server in one write; a reply for each.
    pub(crate) async fn many(
        &self,
        commands: Vec<Routed>,
        deadline: Instant,
    ) -> Vec<Result<(Frame, u32), Failure>> {
        match self {
            Driver::Cluster(cluster) => cluster.many(commands, deadline).await,
            Driver::Single(_) if commands.is_empty() => Vec::new(),
            Driver::Single(node) => {
                let mut packet = Packet::default();
                commands.iter().for_each(|(_, command)| packet.append(command));
                Driver::many_at(node, &packet, deadline).await
            }
        }
    }

    /// Sends several commands to one server; a reply for each.
    pub(crate) async fn many_at(
        node: &Node,
        packet: &Packet,
        deadline: Instant,
    ) -> Vec<Result<(Frame, u32), Failure>> {
        match node.many(packet, deadline).await {
            Ok((frames, identity)) => frames.into_iter().map(|frame| Ok((frame, identity))).collect(),
            Err(failure) => (0..packet.commands()).map(|_| Err(failure.clone())).collect(),
        }
    }

    /// Sends the same commands to every master.
    pub(crate) async fn ask_all(
        &self,
        packet: &Packet,
        deadline: Instant,
    ) -> Result<Vec<Vec<Frame>>, Failure> {
        if let Driver::Single(node) = self {
            return Ok(vec![node.many(packet, deadline).await?.0]);
        }
        let mut all = Vec::new();
        for (_, master) in self.masters() {
            all.push(master.node().many(packet, deadline).await?.0);
        }
        Ok(all)
    }

    /// The masters of a cluster, each with the first of its slots, in their order.
    pub(crate) fn masters(&self) -> Vec<(u16, Arc<Master>)> {
        match self {
            Driver::Single(_) => Vec::new(),
            Driver::Cluster(cluster) => cluster.masters(),
        }
    }

    /// The run of the server that has the slot now.
    pub(crate) async fn identity(&self, slot: Option<u16>, deadline: Instant) -> Result<u32, Failure> {
        match self {
            Driver::Single(node) => Ok(node.conn(deadline).await?.identity()),
            Driver::Cluster(cluster) => cluster.identity(slot.unwrap_or(0), deadline).await,
        }
    }
}

/// What all connections of a store have in common. Must be called in a runtime.
pub(crate) fn connector(config: &RedisConfig) -> Result<Connector> {
    let runtime = Handle::try_current().map_err(|_| {
        Error::new(ErrorKind::InvalidArgument, "a Redis store is opened in a runtime of tokio").on(NAME)
    })?;
    #[cfg(not(feature = "tls"))]
    if config.tls.is_some() {
        return Err(Error::new(ErrorKind::Unsupported, "the feature `tls` is not compiled in").on(NAME));
    }
    Ok(Connector {
        login: config.login.clone(),
        database: config.database,
        #[cfg(feature = "tls")]
        tls: config.tls.as_ref().map(crate::wire::Tls::new).transpose()?,
        timeout: config.connect_timeout,
        runtime,
    })
}

fn target(config: &RedisConfig, connector: &Connector) -> Result<Target> {
    match &config.topology {
        RedisTopology::Standalone(address) => Ok(Target::Fixed(address.clone())),
        RedisTopology::Sentinel { sentinels, service, login } => {
            let connector = Connector { login: login.clone(), database: 0, ..connector.clone() };
            let (addresses, service) = (sentinels.clone(), service.clone());
            let favourite = AtomicUsize::new(0);
            Ok(Target::Master(Arc::new(Sentinels { connector, addresses, service, favourite })))
        }
        RedisTopology::Cluster(_) => {
            Err(Error::new(ErrorKind::Internal, "a cluster has no single server").on(NAME))
        }
    }
}

/// A server of another topology would answer some commands, and refuse others.
fn fits(server: &Server) -> Result<(), Failure> {
    let wrong = |message: &'static str| Err(Failure::unsent(ErrorKind::InvalidArgument, message));
    if server.in_cluster {
        return wrong("the server is part of a cluster; open it as redis-cluster://");
    }
    if server.is_sentinel {
        return wrong("the server is a sentinel; open it as redis-sentinel://, with the name of its master");
    }
    Ok(())
}
