package io.zrepl.endpoint.local;

import io.zrepl.base.BandwidthLimiter;
import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.DestroyResult;
import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.endpoint.PolicyException;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.endpoint.Sender;
import io.zrepl.model.Bookmark;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.OperationException;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import io.zrepl.model.Snapshot;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendProcess;
import io.zrepl.zfs.Zfs;
import io.zrepl.zfs.lock.DatasetLocks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sender of a job on this machine. Any thread may call. A passive job makes one per client,
 * shared by the client's connections, so that a step finds what the listing found.
 *
 * <p>Every method that names a filesystem refuses one that the job's filter does not select: the
 * caller may be a peer. Requests are answered from an inventory as far as nothing is destroyed or
 * sent; the commands of one step of guarantee "resumability" are {@code list} (from and to), {@code
 * hold} and {@code send}, and when it is confirmed {@code bookmark}, {@code list}, {@code destroy}
 * (the old cursor) and {@code release}. Where steps follow each other directly, one {@code list}
 * serves the end of one and the beginning of the next, and one {@code release} two of them.
 */
public final class LocalSender implements Sender {
  private final SenderSettings settings;
  private final Zfs zfs;
  private final ActiveSends activeSends;
  private final BandwidthLimiter limiter;
  private final Logger log;
  private final ResumeTokenDecoder tokens;
  private final SenderListing listing;
  private final Inventory inventory;
  private final StepEstimates estimates;
  private final StepProtection protection;
  private final SnapshotDestroyer destroyer;

  /** A sender that has not listed anything yet, without a limit, for programs without a log. */
  public LocalSender(SenderSettings settings, Zfs zfs, ActiveSends activeSends) {
    this(settings, zfs, activeSends, ResumeTokenDecoder.by(zfs));
  }

  /**
   * A sender that has not listed anything yet.
   *
   * @param activeSends the one of the job, shared with its other senders
   * @param limiter likewise
   * @param unmatched is told at each listing how many datasets the filter names that do not exist
   * @param log the job's
   */
  public LocalSender(
      SenderSettings settings,
      Zfs zfs,
      ActiveSends activeSends,
      BandwidthLimiter limiter,
      IntConsumer unmatched,
      Logger log) {
    this(settings, zfs, activeSends, limiter, unmatched, log, ResumeTokenDecoder.by(zfs));
  }

  LocalSender(
      SenderSettings settings, Zfs zfs, ActiveSends activeSends, ResumeTokenDecoder tokens) {
    this(
        settings,
        zfs,
        activeSends,
        BandwidthLimiter.unlimited(),
        _ -> {},
        LoggerFactory.getLogger(LocalSender.class),
        tokens);
  }

  LocalSender(
      SenderSettings settings,
      Zfs zfs,
      ActiveSends activeSends,
      BandwidthLimiter limiter,
      IntConsumer unmatched,
      Logger log,
      ResumeTokenDecoder tokens) {
    this.settings = settings;
    this.zfs = zfs;
    this.activeSends = activeSends;
    this.limiter = limiter;
    this.log = log;
    this.tokens = tokens;
    this.listing = new SenderListing(zfs, settings.filesystems(), unmatched, log);
    this.inventory = new Inventory(listing);
    this.estimates = new StepEstimates(zfs, settings.flags(), log);
    this.protection =
        new StepProtection(zfs, inventory, settings.job(), activeSends.unfinished(), log);
    this.destroyer = new SnapshotDestroyer(zfs, inventory);
  }

  /** Does nothing: this machine can always be reached. */
  @Override
  public void checkConnectivity() {}

  /**
   * {@inheritDoc}
   *
   * <p>What waits for the next steps of the filesystems is left alone: others may be in the middle
   * of theirs.
   *
   * @throws OperationException if a pool that the filter names is not imported (temporary, scope of
   *     the pool). A dataset that the filter names and that does not exist is only logged.
   */
  @Override
  public List<FilesystemEntry> listFilesystems() throws OperationException, InterruptedException {
    estimates.forget();
    return entries(inventory.reload());
  }

  @Override
  public List<FilesystemEntry> currentFilesystems()
      throws OperationException, InterruptedException {
    return entries(inventory.current());
  }

  /**
   * What lies in a pool that is not imported, or cannot be read, is offered as well: planning it
   * fails with the reason, so that nobody takes it for replicated.
   */
  private List<FilesystemEntry> entries(List<FilesystemState> states) {
    List<FilesystemEntry> entries = new ArrayList<>();
    for (DatasetPath path : listing.unavailable().keySet()) {
      entries.add(new FilesystemEntry(path, false, Optional.empty()));
    }
    for (DatasetPath path : listing.unreadable()) {
      entries.add(new FilesystemEntry(path, false, Optional.empty()));
    }
    for (FilesystemState state : states) {
      entries.add(
          new FilesystemEntry(
              state.dataset().path(),
              state.dataset().placeholder().isPlaceholder(),
              Optional.empty()));
    }
    entries.sort(Comparator.comparing(FilesystemEntry::path));
    return entries;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Who asks plans anew, so that no step follows the last one directly: what waits for it is
   * done first.
   */
  @Override
  public List<FilesystemVersion> listVersions(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    requireVisible(filesystem);
    trySettle(filesystem);
    return find(filesystem).versions();
  }

  @Override
  public ResumeTokenContents decode(ResumeToken token)
      throws InvalidValueException, OperationException, InterruptedException {
    return tokens.decode(token);
  }

  @Override
  public OptionalLong estimate(SendRequest request)
      throws OperationException, InterruptedException {
    FilesystemState state = find(request.filesystem());
    requireAllowed(request, state);
    if (!hasVersions(state, request)) {
      // Perhaps the inventory is what is wrong.
      inventory.invalidate(request.filesystem());
      state = find(request.filesystem());
      if (!hasVersions(state, request)) {
        throw OperationException.permanent(
            "cannot send %s%s: it or its base does not exist any more"
                .formatted(request.filesystem(), request.to().relativeName()));
      }
    }
    return estimates.estimate(state, request);
  }

  private static boolean hasVersions(FilesystemState state, SendRequest request) {
    return state.has(request.to()) && request.from().map(state::has).orElse(true);
  }

  /**
   * {@inheritDoc}
   *
   * <p>One stream per filesystem may be open, until it is closed; another request meanwhile fails
   * with a temporary error. With {@code send.encrypted} the stream itself is asked as well before
   * any of it passes: whatever the inventory believed, nothing leaves in the clear.
   */
  @Override
  public SendStream send(SendRequest request) throws OperationException, InterruptedException {
    FilesystemState checked = find(request.filesystem());
    requireAllowed(request, checked);
    try (ActiveSends.Exclusive exclusive = activeSends.enter(request.filesystem())) {
      Runnable ended = exclusive.beginSend(request.to().guid());
      SendStream started = null;
      try {
        protection.beforeSend(find(request.filesystem()), request);
        SendProcess process = zfs.send(arguments(request));
        started = new LocalSendStream(process, request.resumeToken().isPresent(), ended);
        if (settings.flags().encrypted()) {
          started =
              InspectedStream.encryptedOnly(
                  started, request.filesystem() + request.to().relativeName());
        }
        started = LimitedStream.of(started, limiter);
        return started;
      } finally {
        if (started == null) {
          ended.run();
        }
      }
    }
  }

  private void requireAllowed(SendRequest request, FilesystemState state)
      throws OperationException, InterruptedException {
    SendRules.requireAllowed(settings.flags(), state.dataset());
    if (request.resumeToken().isPresent()) {
      SendRules.requireUsableToken(
          request.resumeToken().get(), tokens, request, settings.flags(), state.dataset());
    }
    protection.requireNamesFit(request);
  }

  private SendArguments arguments(SendRequest request) {
    return new SendArguments(
        request.filesystem(),
        request.from(),
        request.to(),
        settings.flags(),
        request.resumeToken());
  }

  /**
   * {@inheritDoc}
   *
   * <p>A confirmation that arrives after the next step has begun counts as lost: it must not touch
   * what protects that step, whose own confirmation will clean up.
   */
  @Override
  public void sendCompleted(SendRequest request) throws OperationException, InterruptedException {
    sendCompleted(request, false);
  }

  @Override
  public void sendCompleted(SendRequest request, boolean nextFollows)
      throws OperationException, InterruptedException {
    find(request.filesystem()); // a name that the peer made up must not leave a trace
    try (ActiveSends.Exclusive exclusive = activeSends.enter(request.filesystem())) {
      if (exclusive.isOvertaken(request.to().guid())) {
        log.atInfo()
            .addKeyValue("fs", request.filesystem())
            .addKeyValue("snapshot", request.to().name())
            .log("the confirmation of a step came too late and is ignored");
        return;
      }
      protection.afterConfirmation(find(request.filesystem()), request, nextFollows);
    }
  }

  /**
   * Does what waits for a next step, since now it is asked for something else.
   *
   * @throws OperationException if it is not certain that the cursor of the last step is in place
   */
  private void settle(DatasetPath filesystem) throws OperationException, InterruptedException {
    if (!protection.isUnsettled(filesystem)) {
      return;
    }
    try (ActiveSends.Exclusive _ = activeSends.enter(filesystem)) {
      protection.settle(filesystem);
    }
  }

  /** As {@link #settle}, where a failure is no reason not to go on: it is tried again later. */
  private void trySettle(DatasetPath filesystem) throws InterruptedException {
    try {
      settle(filesystem);
    } catch (OperationException e) {
      log.atWarn()
          .addKeyValue("fs", filesystem)
          .log(
              "cannot finish the last step now, what protects it stays and it is tried again: {}",
              e.describe());
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws OperationException also if the last step was confirmed, but it is not certain that its
   *     cursor is in place
   */
  @Override
  public Optional<Guid> replicationCursor(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    requireVisible(filesystem);
    settle(filesystem);
    FilesystemState state = find(filesystem);
    if (state.bookmarks().anyMatch(bookmark -> bookmark.name().equals(CursorName.LEGACY))
        && activeSends.warnOfLegacyCursor(filesystem)) {
      log.atWarn()
          .addKeyValue("fs", filesystem)
          .log(
              "has a replication cursor of an old zrepl, which is ignored: run 'zrepl migrate"
                  + " replication-cursor:v1-v2'");
    }
    return state.bookmarks().filter(this::isCursor).max(byAge()).map(Bookmark::guid);
  }

  private boolean isCursor(Bookmark bookmark) {
    return CursorName.of(bookmark)
        .filter(name -> name.kind() == CursorName.Kind.REPLICATION)
        .filter(name -> name.job().equals(settings.job()))
        .isPresent();
  }

  private static Comparator<Bookmark> byAge() {
    return Comparator.comparing(Bookmark::createTxg);
  }

  @Override
  public List<DestroyResult> destroySnapshots(DatasetPath filesystem, List<Snapshot> snapshots)
      throws OperationException, InterruptedException {
    requireVisible(filesystem);
    trySettle(filesystem);
    try (DatasetLocks.Held _ = activeSends.enterDestroy(filesystem)) {
      return destroyer.destroy(filesystem, snapshots);
    }
  }

  private void requireVisible(DatasetPath filesystem) throws PolicyException {
    if (!settings.filesystems().matches(filesystem)) {
      throw new PolicyException("endpoint does not allow access to filesystem " + filesystem);
    }
  }

  private FilesystemState find(DatasetPath filesystem)
      throws OperationException, InterruptedException {
    requireVisible(filesystem);
    listing.requireAvailable(filesystem);
    Optional<FilesystemState> state = inventory.find(filesystem);
    if (state.isEmpty()) {
      throw new OperationException(
          FailureScope.FILESYSTEM,
          false,
          "filesystem %s does not exist".formatted(filesystem),
          null,
          null);
    }
    return state.get();
  }
}
