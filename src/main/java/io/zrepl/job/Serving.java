package io.zrepl.job;

import io.zrepl.endpoint.Endpoint;
import io.zrepl.model.ClientIdentity;
import io.zrepl.model.JobId;
import io.zrepl.model.OperationException;
import io.zrepl.rpc.Endpoints;
import io.zrepl.rpc.RpcServer;
import io.zrepl.rpc.Served;
import io.zrepl.transport.Listener;
import io.zrepl.transport.ServeSettings;
import io.zrepl.transport.TransportException;
import io.zrepl.transport.Transports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.slf4j.Logger;

/**
 * How a passive job waits for its peers. Whatever keeps it from listening is told, and tried again:
 * an address may come up later, a folder be made.
 *
 * @param <E> what it offers
 */
final class Serving<E extends Endpoint> {
  private static final RetryDelay RETRY =
      new RetryDelay(Duration.ofSeconds(1), Duration.ofMinutes(1));

  private final ServeSettings settings;
  private final LocalConnections<E> connections;
  private final Path stdinserverDirectory;
  private final LocalConnections.Acceptor<E> acceptor;
  private final Function<E, Served> served;
  private final ServingObserver observer;
  private final Logger log;
  private final ServedSteps steps = new ServedSteps();
  private final Map<ClientIdentity, Served> clients = new ConcurrentHashMap<>();
  private volatile Optional<String> problem = Optional.empty();

  /**
   * Prepares it.
   *
   * @param connections where jobs of the same daemon find it
   * @param acceptor makes the endpoint of a client
   * @param served what remote clients get to use of it
   * @param observer is told what is worth counting
   */
  Serving(
      JobId job,
      ServeSettings settings,
      LocalConnections<E> connections,
      Path stdinserverDirectory,
      LocalConnections.Acceptor<E> acceptor,
      Function<E, Served> served,
      ServingObserver observer) {
    this.settings = settings;
    this.connections = connections;
    this.stdinserverDirectory = stdinserverDirectory;
    this.acceptor = acceptor;
    this.served = served;
    this.observer = observer;
    this.log = JobLogger.of(Serving.class, job);
  }

  /** What keeps it from serving. */
  Optional<String> problem() {
    return problem;
  }

  /** Begins no more steps for clients on other machines; those of this daemon are of its jobs. */
  void finish() {
    steps.finish();
  }

  /** Waits, after {@link #finish}, until no step of such a client runs. */
  void awaitSteps() throws InterruptedException {
    steps.awaitNone();
  }

  /** Serves until interrupted. */
  void run() throws InterruptedException {
    switch (settings) {
      case ServeSettings.Local local -> serveLocally(local.listenerName());
      case ServeSettings.Tcp _, ServeSettings.Tls _, ServeSettings.Stdinserver _ -> serveRemotely();
    }
  }

  private void serveLocally(String listenerName) throws InterruptedException {
    if (!connections.listen(listenerName, acceptor)) {
      String text =
          "another job of this daemon already serves the local listener \"" + listenerName + "\"";
      problem = Optional.of(text);
      log.atError().log(text);
      return;
    }
    try {
      log.atInfo().addKeyValue("listener_name", listenerName).log("serving");
      new CountDownLatch(1).await();
    } finally {
      connections.close(listenerName, acceptor);
    }
  }

  private void serveRemotely() throws InterruptedException {
    int failures = 0;
    while (true) {
      try {
        List<Listener> listeners = Transports.listen(settings, stdinserverDirectory);
        problem = Optional.empty();
        new RpcServer(listeners, endpoints(), log).run();
      } catch (IOException e) {
        failures++;
        String advice =
            e instanceof TransportException known
                ? known.advice().map(text -> " (" + text + ")").orElse("")
                : "";
        problem = Optional.of(e.getMessage() + advice);
        log.atError().log("cannot serve, will try again: {}{}", e.getMessage(), advice);
        Thread.sleep(RETRY.after(failures));
      }
    }
  }

  private Endpoints endpoints() {
    return new Endpoints() {
      @Override
      public Served of(ClientIdentity client) throws OperationException {
        return Serving.this.of(client);
      }

      @Override
      public void beginRequest(ClientIdentity client) throws OperationException {
        steps.begin();
      }

      @Override
      public void endRequest(ClientIdentity client, long bytes) {
        steps.end();
        observer.requestEnded(bytes);
      }

      @Override
      public void forget(ClientIdentity client) {
        clients.remove(client);
      }
    };
  }

  /** One endpoint for all connections of a client, so that a step finds what the listing found. */
  private Served of(ClientIdentity client) throws OperationException {
    Served known = clients.get(client);
    if (known != null) {
      return known;
    }
    Served made = served.apply(acceptor.accept(client));
    Served other = clients.putIfAbsent(client, made);
    return other == null ? made : other;
  }
}
