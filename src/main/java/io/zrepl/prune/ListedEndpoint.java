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
 * An endpoint together with its list of filesystems; fetched once at most.
 *
 * <p>May be shared by several prune runs of one invocation, and used by any thread. Who asks while
 * the list is being fetched waits, gets the same outcome, and counts as getting on as long as the
 * one that fetches it does. A failure is not remembered beyond that; the next who asks tries again.
 */
public final class ListedEndpoint<E extends Endpoint> {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final E endpoint;
  private final Knowledge knowledge;
  private final AtomicReference<@Nullable Fetch> running = new AtomicReference<>();
  private volatile Optional<List<FilesystemEntry>> filesystems;

  /** What is known of an endpoint. */
  private enum Knowledge {
    /** Nothing, or that it has just failed to answer. */
    NOTHING,
    /** Nothing that speaks against its answering. */
    EXPECTED,
    /** It has just been listed. */
    LISTED
  }

  /** The list is being fetched, by a thread with that mark. */
  private record Fetch(ProgressMark mark, CompletableFuture<List<FilesystemEntry>> outcome) {}

  private ListedEndpoint(
      E endpoint, Knowledge knowledge, Optional<List<FilesystemEntry>> filesystems) {
    this.endpoint = endpoint;
    this.knowledge = knowledge;
    this.filesystems = filesystems;
  }

  /**
   * An endpoint that is listed anew when its list is first needed, and not asked for a list that
   * can be done without.
   */
  public static <E extends Endpoint> ListedEndpoint<E> of(E endpoint) {
    return new ListedEndpoint<>(endpoint, Knowledge.NOTHING, Optional.empty());
  }

  /**
   * An endpoint that can be expected to answer, so that it is worth asking even where its list can
   * be done without; listed anew when it is first needed.
   */
  public static <E extends Endpoint> ListedEndpoint<E> expected(E endpoint) {
    return new ListedEndpoint<>(endpoint, Knowledge.EXPECTED, Optional.empty());
  }

  /**
   * An endpoint that was listed a moment ago, in the same invocation: its inventory is asked when
   * the list is first needed, and worth asking even where that can be done without.
   */
  public static <E extends Endpoint> ListedEndpoint<E> answering(E endpoint) {
    return new ListedEndpoint<>(endpoint, Knowledge.LISTED, Optional.empty());
  }

  /**
   * An endpoint whose list the caller has.
   *
   * @param filesystems the endpoint's latest answer
   */
  public static <E extends Endpoint> ListedEndpoint<E> of(
      E endpoint, List<FilesystemEntry> filesystems) {
    return new ListedEndpoint<>(endpoint, Knowledge.LISTED, Optional.of(List.copyOf(filesystems)));
  }

  /** The endpoint. */
  public E endpoint() {
    return endpoint;
  }

  /** Whether it can be expected to answer. Never blocks. */
  boolean isAnswering() {
    return knowledge != Knowledge.NOTHING || filesystems.isPresent();
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
          filesystems.isPresent() ? filesystems.get() : List.copyOf(listed());
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

  private List<FilesystemEntry> listed() throws OperationException, InterruptedException {
    // What an inventory remembers of an earlier invocation may be long gone.
    return knowledge == Knowledge.LISTED
        ? endpoint.currentFilesystems()
        : endpoint.listFilesystems();
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
