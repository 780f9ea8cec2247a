package io.zrepl.prune;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.Endpoint;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.OperationException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint together with its list of filesystems, as its inventory has it; fetched once at most.
 *
 * <p>May be shared by several prune runs of one invocation, and used by any thread. Who asks while
 * the list is being fetched waits, gets the same outcome, and counts as getting on as long as the
 * one that fetches it does. A failure is not remembered beyond that; the next who asks tries again.
 */
public final class ListedEndpoint<E extends Endpoint> {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final E endpoint;
  private final boolean answering;
  private final AtomicReference<@Nullable Fetch> running = new AtomicReference<>();
  private volatile Optional<List<FilesystemEntry>> filesystems;

  /** The list is being fetched, by a thread with that mark. */
  private record Fetch(ProgressMark mark, CompletableFuture<List<FilesystemEntry>> outcome) {}

  private ListedEndpoint(
      E endpoint, boolean answering, Optional<List<FilesystemEntry>> filesystems) {
    this.endpoint = endpoint;
    this.answering = answering;
    this.filesystems = filesystems;
  }

  /** An endpoint whose list is fetched when it is first needed. */
  public static <E extends Endpoint> ListedEndpoint<E> of(E endpoint) {
    return new ListedEndpoint<>(endpoint, false, Optional.empty());
  }

  /**
   * An endpoint that has answered a while ago, so that it is worth asking even where its list can
   * be done without; fetched when it is first needed.
   */
  public static <E extends Endpoint> ListedEndpoint<E> answering(E endpoint) {
    return new ListedEndpoint<>(endpoint, true, Optional.empty());
  }

  /**
   * An endpoint whose list the caller has.
   *
   * @param filesystems the endpoint's latest answer
   */
  public static <E extends Endpoint> ListedEndpoint<E> of(
      E endpoint, List<FilesystemEntry> filesystems) {
    return new ListedEndpoint<>(endpoint, true, Optional.of(List.copyOf(filesystems)));
  }

  /** The endpoint. */
  public E endpoint() {
    return endpoint;
  }

  /** Whether it can be expected to answer: it has done so before. Never blocks. */
  boolean isAnswering() {
    return answering || filesystems.isPresent();
  }

  /** The list; asks the endpoint if nobody did yet. */
  public List<FilesystemEntry> filesystems() throws OperationException, InterruptedException {
    Optional<List<FilesystemEntry>> list = filesystems;
    while (list.isEmpty()) {
      Fetch own = new Fetch(ProgressMark.current(), new CompletableFuture<>());
      Fetch other = running.compareAndExchange(null, own);
      list = other == null ? Optional.of(fetch(own)) : await(other);
    }
    return list.get();
  }

  private List<FilesystemEntry> fetch(Fetch own) throws OperationException, InterruptedException {
    try {
      List<FilesystemEntry> list =
          filesystems.isPresent() ? filesystems.get() : List.copyOf(endpoint.currentFilesystems());
      filesystems = Optional.of(list);
      own.outcome().complete(list);
      return list;
    } catch (OperationException | InterruptedException | RuntimeException | Error e) {
      own.outcome().completeExceptionally(e);
      throw e;
    } finally {
      running.set(null);
    }
  }

  /** Gives nothing if the one that fetched was interrupted, which is its own affair. */
  private Optional<List<FilesystemEntry>> await(Fetch other)
      throws OperationException, InterruptedException {
    ProgressMark mark = ProgressMark.current();
    long seen = other.mark().value();
    while (true) {
      try {
        return Optional.of(other.outcome().get(LOOK.toMillis(), TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        long moved = other.mark().value();
        if (moved != seen) {
          mark.advance();
          seen = moved;
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof OperationException failure) {
          throw failure;
        }
        return Optional.empty();
      }
    }
  }
}
