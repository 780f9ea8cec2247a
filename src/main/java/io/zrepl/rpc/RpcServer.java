package io.zrepl.rpc;

import io.zrepl.base.Sleeper;
import io.zrepl.base.TaskGroup;
import io.zrepl.endpoint.ResourceExhaustedException;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.control.ControlServer;
import io.zrepl.rpc.data.DataServer;
import io.zrepl.rpc.frame.FramedConnection;
import io.zrepl.transport.Connection;
import io.zrepl.transport.IncomingConnection;
import io.zrepl.transport.Listener;
import io.zrepl.transport.TimeLimit;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;

/**
 * Serves our endpoints to clients. Each connection has a thread of its own from its accept on, so
 * that none waits for what another one does; what a connection does wrong ends only that
 * connection.
 */
public final class RpcServer {
  private final List<Listener> listeners;
  private final Endpoints endpoints;
  private final Banner banner;
  private final RpcTiming timing;
  private final ServerLimits limits;
  private final Sleeper sleeper;
  private final Logger log;
  private final RefusalLog refusals;
  private final StrangerSlots strangers;
  private final KnownClients clients;

  /**
   * Makes one that serves nobody yet.
   *
   * @param listeners closed when it ends
   * @param endpoints what each client gets to use
   */
  public RpcServer(List<Listener> listeners, Endpoints endpoints, Logger log) {
    this(
        listeners,
        endpoints,
        Banner.OURS,
        RpcTiming.DEFAULT,
        ServerLimits.DEFAULT,
        Sleeper.SYSTEM,
        log);
  }

  /**
   * Makes one that serves nobody yet.
   *
   * @param sleeper for the pauses after failed accepts
   */
  RpcServer(
      List<Listener> listeners,
      Endpoints endpoints,
      Banner banner,
      RpcTiming timing,
      ServerLimits limits,
      Sleeper sleeper,
      Logger log) {
    this.sleeper = sleeper;
    this.listeners = List.copyOf(listeners);
    this.endpoints = endpoints;
    this.banner = banner;
    this.timing = timing;
    this.limits = limits;
    this.log = log;
    this.refusals = new RefusalLog(log);
    this.strangers = new StrangerSlots(limits);
    this.clients = new KnownClients(limits, endpoints::forget, System::nanoTime);
  }

  /**
   * Serves until interrupted; then all connections are closed, and nothing runs any more.
   *
   * @throws IOException if gRPC cannot be started
   */
  public void run() throws IOException, InterruptedException {
    try (TaskGroup tasks = new TaskGroup("rpc");
        ControlServer control = new ControlServer(endpoints, log)) {
      try {
        for (Listener listener : listeners) {
          log.atInfo().addKeyValue("listen", listener.place()).log("serving");
          tasks.fork("accept", () -> accept(listener, tasks, control));
        }
        tasks.await();
      } finally {
        // In this order: who accepts must know that the end of its listener is no failure.
        tasks.cancel();
        listeners.forEach(Listener::close);
      }
    }
  }

  private void accept(Listener listener, TaskGroup tasks, ControlServer control)
      throws InterruptedException {
    Duration pause = ServerLimits.FIRST_PAUSE;
    while (true) {
      IncomingConnection incoming;
      try {
        incoming = listener.accept();
        pause = ServerLimits.FIRST_PAUSE;
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        log.atWarn().addKeyValue("listen", listener.place()).log("cannot accept: {}", e.toString());
        sleeper.sleep(pause);
        pause = min(pause.multipliedBy(2), ServerLimits.LONGEST_PAUSE);
        continue;
      }
      StrangerSlots.Stranger stranger =
          strangers.enter(
              incoming.origin(),
              () -> {
                refusals.refused(
                    incoming.origin(),
                    "it has not shown who it is, and made room for newer connections");
                incoming.close();
              });
      boolean started = tasks.fork("client", () -> serveStranger(incoming, stranger, control));
      if (!started) {
        stranger.leave();
        incoming.close();
      }
    }
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /**
   * A client that has said all that comes before its first request.
   *
   * @param client who it is
   * @param connection after the label
   * @param banner what it can do
   * @param plane what the connection is for
   */
  private record Known(ClientIdentity client, Connection connection, Banner banner, Plane plane) {}

  private void serveStranger(
      IncomingConnection incoming, StrangerSlots.Stranger stranger, ControlServer control)
      throws InterruptedException {
    Known known;
    try {
      known = greet(incoming);
    } catch (IOException e) {
      incoming.close();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      refusals.refused(incoming.origin(), String.valueOf(e.getMessage()));
      return;
    } catch (RuntimeException | Error e) {
      incoming.close();
      log.atError()
          .setCause(e)
          .log("a connection ended by a fault of the program; please report this");
      return;
    } finally {
      stranger.leave();
    }
    KnownClients.Client client = clients.enter(known.client);
    switch (known.plane) {
      case CONTROL -> serveControl(known, client, control);
      case DATA -> {
        try {
          serveData(known, client.slots());
        } finally {
          client.leave();
        }
      }
    }
  }

  /** One limit for all of it, so that nobody can use up one after the other. */
  private Known greet(IncomingConnection incoming) throws IOException {
    Duration patience = max(timing.handshake(), incoming.patience());
    try (TimeLimit limit = TimeLimit.start(patience, incoming::close)) {
      try {
        IncomingConnection.Authenticated authenticated = incoming.authenticate();
        Connection connection = authenticated.connection();
        Banner theirs = banner.exchange(connection);
        Plane plane = Plane.read(connection);
        limit.done();
        return new Known(authenticated.client(), connection, theirs, plane);
      } catch (IOException e) {
        throw limit.isOver()
            ? new IOException(
                "%s did not say in time who it is and what it wants".formatted(incoming.origin()),
                e)
            : e;
      }
    }
  }

  private void serveControl(Known known, KnownClients.Client client, ControlServer control) {
    ClientSlots slots = client.slots();
    if (!slots.tryAddControl()) {
      client.leave();
      refusals.refused(known.connection.peer(), "the client has too many control connections");
      known.connection.close();
      return;
    }
    try {
      control.serve(
          known.client,
          slots.budget(),
          known.connection,
          () -> {
            slots.removeControl();
            client.leave();
          });
    } catch (IOException e) {
      slots.removeControl();
      client.leave();
      known.connection.close();
    }
  }

  /**
   * Only so many at once: each takes a buffer and a thread until its client has read the answer.
   */
  private void refuse(Known known, FramedConnection framed, DataServer server, ClientSlots slots) {
    String why = "%d requests of this client are under way".formatted(limits.requests());
    refusals.refused(known.connection.peer(), why);
    if (!slots.tryBeginRefusal()) {
      framed.abort();
      return;
    }
    try {
      server.refuse(new ResourceExhaustedException(why));
    } finally {
      slots.endRefusal();
    }
  }

  /** Nobody reads meanwhile: a client that is gone is noticed since its heartbeats fail. */
  private static boolean awaitEntry(FramedConnection framed, ClientSlots slots)
      throws InterruptedException {
    Thread waiting = Thread.currentThread();
    framed.whenPeerIsGone(waiting::interrupt);
    try {
      return slots.awaitEntry();
    } finally {
      framed.whenPeerIsGone(null);
    }
  }

  private void serveData(Known known, ClientSlots slots) throws InterruptedException {
    FramedConnection framed = new FramedConnection(known.connection, timing);
    DataServer server = new DataServer(framed, timing, banner.common(known.banner), log);
    boolean entered = false;
    try {
      entered = slots.tryEnter();
      if (!entered && banner.common(known.banner).has(Banner.RESOURCE_EXHAUSTED)) {
        refuse(known, framed, server, slots);
        return;
      }
      // Others do not know such an answer: they wait, and heartbeats keep them patient.
      entered = entered || awaitEntry(framed, slots);
      if (!entered) {
        refusals.refused(known.connection.peer(), "the client has too many requests waiting");
        framed.abort();
        return;
      }
      endpoints.beginRequest(known.client);
      try {
        server.serve(endpoints.of(known.client));
      } finally {
        endpoints.endRequest(known.client, server.transferred());
      }
    } catch (OperationException e) {
      server.refuse(e);
    } catch (RuntimeException | Error e) {
      log.atError()
          .setCause(e)
          .addKeyValue("client", known.client)
          .log("a request ended by a fault of the program; please report this");
    } finally {
      framed.abort();
      if (entered) {
        slots.leave();
      }
    }
  }
}
