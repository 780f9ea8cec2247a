package io.zrepl.prune;

import io.zrepl.base.ProgressMark;
import io.zrepl.endpoint.Receiver;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.OperationException;
import io.zrepl.model.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/**
 * How old and how large the filesystems are that only the receiver has. For reports only: whatever
 * is not found out is not known, and nothing else depends on it.
 *
 * <p>One thread finds it out; any may ask for what is known so far.
 */
final class ReceiverOnlyFilesystems {
  private final Duration patience;
  private final Logger log;
  private final Map<DatasetPath, Instant> newestSnapshots = new ConcurrentHashMap<>();
  private final Map<DatasetPath, Long> sizes = new ConcurrentHashMap<>();

  /**
   * Of which nothing is known yet.
   *
   * @param patience how long to wait for an answer without any progress; then no more is asked
   */
  ReceiverOnlyFilesystems(Duration patience, Logger log) {
    this.patience = patience;
    this.log = log;
  }

  /**
   * What is known of one.
   *
   * @param newestSnapshot when its newest snapshot was taken
   * @param usedBytes what it occupies with its snapshots, without the filesystems below it
   */
  record Facts(Optional<Instant> newestSnapshot, OptionalLong usedBytes) {}

  /** What is known of one so far. */
  Facts of(DatasetPath filesystem) {
    Long size = sizes.get(filesystem);
    return new Facts(
        Optional.ofNullable(newestSnapshots.get(filesystem)),
        size == null ? OptionalLong.empty() : OptionalLong.of(size));
  }

  /**
   * Asks the receiver: one question for all sizes, and one for each filesystem, from its memory.
   */
  void findOut(Receiver receiver, List<DatasetPath> filesystems) throws InterruptedException {
    if (filesystems.isEmpty()) {
      return;
    }
    boolean answers =
        ask(
            "sizes",
            () -> {
              sizes.putAll(receiver.sizes(filesystems));
              return true;
            });
    for (DatasetPath filesystem : filesystems) {
      answers =
          answers
              && ask(
                  filesystem.toString(),
                  () -> {
                    receiver.listVersions(filesystem).stream()
                        .filter(Snapshot.class::isInstance)
                        .map(FilesystemVersion::creation)
                        .max(Comparator.naturalOrder())
                        .ifPresent(creation -> newestSnapshots.put(filesystem, creation));
                    return true;
                  });
    }
  }

  /** Whether it is worth asking on. */
  private boolean ask(String about, BoundedQuestion.Question<Boolean> question)
      throws InterruptedException {
    try {
      boolean answered = BoundedQuestion.ask("receiver", patience, question);
      ProgressMark.current().advance();
      return answered;
    } catch (OperationException e) {
      log.atDebug()
          .addKeyValue("about", about)
          .addKeyValue("err", e.describe())
          .log("age or size of what only the receiver has is not known");
      return e.scope() == FailureScope.FILESYSTEM || e.scope() == FailureScope.POOL;
    }
  }
}
