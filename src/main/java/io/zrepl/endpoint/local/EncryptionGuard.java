package io.zrepl.endpoint.local;

import io.zrepl.endpoint.PolicyException;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FailureScope;
import io.zrepl.model.OperationException;
import io.zrepl.zfs.Dataset;
import io.zrepl.zfs.DatasetListing;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.PlaceholderEncryption;
import io.zrepl.zfs.StreamBeginning;
import io.zrepl.zfs.Zfs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a full stream may become a filesystem where it is to go, as far as encryption is
 * concerned.
 *
 * <table>
 * <caption>Full streams</caption>
 * <tr><th>goes into</th><th>stream</th><th>answer</th></tr>
 * <tr><td>an encrypted placeholder</td><td>any</td><td>refused: ZFS never overwrites what is
 * encrypted</td></tr>
 * <tr><td>an unencrypted placeholder</td><td>raw</td><td>refused, for the same reason in the other
 * direction, before anything is destroyed</td></tr>
 * <tr><td>nothing, below an encrypted parent</td><td>plain</td><td>received; ZFS encrypts it. If it
 * brings properties, ZFS would leave it unencrypted, unless told to inherit</td></tr>
 * <tr><td>an unencrypted place below an encrypted {@code root_fs} that is so because of a
 * placeholder, or of one that lost its mark to an interrupted receive</td><td>plain</td><td>refused, unless {@code placeholder.encryption} is {@code off},
 * which says that this is wanted</td></tr>
 * <tr><td>anything else</td><td>any</td><td>received</td></tr>
 * </table>
 *
 * <p>An unencrypted filesystem that is no placeholder was put there by somebody, and what lies
 * below it follows its example.
 */
final class EncryptionGuard {
  private final ReceiverSettings settings;
  private final DatasetPath clientRoot;
  private final Zfs zfs;
  private final Inventory inventory;
  // Read when needed; null while it is not known. Written by any thread.
  private volatile @Nullable Boolean rootEncrypted;

  EncryptionGuard(ReceiverSettings settings, DatasetPath clientRoot, Zfs zfs, Inventory inventory) {
    this.settings = settings;
    this.clientRoot = clientRoot;
    this.zfs = zfs;
    this.inventory = inventory;
  }

  /** What is known about the root may be outdated. */
  void forget() {
    rootEncrypted = null;
  }

  /**
   * Checks a full stream for a filesystem that does not exist; its parent does.
   *
   * @return whether the receive must make it inherit the encryption of its parent
   * @throws PolicyException if it would be stored unencrypted against the settings
   */
  boolean checkNew(DatasetPath target, InspectedStream stream)
      throws OperationException, InterruptedException {
    Optional<DatasetPath> parent = target.parent();
    if (parent.isPresent() && isEncrypted(parent.get())) {
      if (stream.kind() == StreamBeginning.Kind.UNKNOWN) {
        throw new PolicyException(
            "%s is not received: its stream has a form that is not known here, so that it is not certain that it would be stored encrypted below %s"
                .formatted(target, parent.get()));
      }
      return stream.kind() == StreamBeginning.Kind.PLAIN_WITH_PROPERTIES;
    }
    requireNoPlaceholderInTheClear(target, parent, stream);
    return false;
  }

  /**
   * Checks a full stream that is to replace a placeholder.
   *
   * @throws OperationException if ZFS will not replace it
   * @throws PolicyException if it would be stored unencrypted against the settings
   */
  void checkReplacement(Dataset placeholder, InspectedStream stream)
      throws OperationException, InterruptedException {
    DatasetPath target = placeholder.path();
    if (placeholder.encrypted()) {
      throw cannotReplace(
          target, "it is encrypted, and ZFS never overwrites an encrypted filesystem");
    }
    if (stream.kind() == StreamBeginning.Kind.ENCRYPTED) {
      throw cannotReplace(
          target,
          "the stream is encrypted, and ZFS never overwrites an unencrypted filesystem with it");
    }
    requireNoPlaceholderInTheClear(target, Optional.of(target), stream);
  }

  /**
   * Checks a full stream for a dataset that has partial state, no snapshots, and is or was a
   * placeholder: the stream continues that state, or replaces it. The settings may have changed
   * since the state came into being, or another program made it.
   *
   * @throws PolicyException if it would be stored unencrypted against the settings
   */
  void checkFormerPlaceholder(DatasetPath target, InspectedStream stream)
      throws OperationException, InterruptedException {
    requireNoPlaceholderInTheClear(target, Optional.of(target), stream);
  }

  /**
   * Checks a full stream that continues the partial state of a dataset that exists only because of
   * that.
   *
   * @throws PolicyException if it would be stored unencrypted against the settings
   */
  void checkResumed(Dataset partial, InspectedStream stream)
      throws OperationException, InterruptedException {
    DatasetPath target = partial.path();
    Optional<DatasetPath> parent = target.parent();
    if (parent.isEmpty() || !isEncrypted(parent.get())) {
      requireNoPlaceholderInTheClear(target, parent, stream);
    } else if (!partial.encrypted() && stream.kind() != StreamBeginning.Kind.ENCRYPTED) {
      throw new PolicyException(
          "%1$s is not received further: its partial state is not encrypted, although %2$s is; 'zfs receive -A %1$s' drops it"
              .formatted(target, parent.get()));
    }
  }

  private static OperationException cannotReplace(DatasetPath target, String why) {
    return new OperationException(
        FailureScope.FILESYSTEM,
        false,
        "cannot automatically replace placeholder filesystem %s with incoming send stream: %s"
            .formatted(target, why),
        ("if nothing lies below it, 'zfs destroy %1$s' makes room. Otherwise stop zrepl here, move it"
                + " out of the way ('zfs rename %1$s %1$s.placeholder'), send and receive the first"
                + " snapshot to %1$s by hand, move what lies below with 'zfs rename"
                + " %1$s.placeholder/NAME %1$s/NAME', destroy %1$s.placeholder, and start zrepl")
            .formatted(target),
        null);
  }

  private void requireNoPlaceholderInTheClear(
      DatasetPath target, Optional<DatasetPath> place, InspectedStream stream)
      throws OperationException, InterruptedException {
    if (settings.options().placeholderEncryption() == PlaceholderEncryption.OFF
        || place.isEmpty()
        || !isEncrypted(settings.rootFilesystem())) {
      return;
    }
    Optional<Dataset> culprit = highestInTheClear(place.get());
    if (culprit.isPresent()
        && (culprit.get().placeholder().isPlaceholder() || culprit.get().path().equals(target))
        && (stream.kind().isPlain() || stream.kind() == StreamBeginning.Kind.UNKNOWN)) {
      throw new PolicyException(
          ("%s would be stored unencrypted below the encrypted root_fs %s, because the placeholder %s"
                  + " is not encrypted: replace that placeholder by an encrypted one, or say with"
                  + " recv.placeholder.encryption \"off\" in job \"%s\" that this is wanted")
              .formatted(target, settings.rootFilesystem(), culprit.get().path(), settings.job()));
    }
  }

  /** The highest dataset below the root, down to the given one, that is not encrypted. */
  private Optional<Dataset> highestInTheClear(DatasetPath lowest)
      throws OperationException, InterruptedException {
    List<DatasetPath> path = new ArrayList<>();
    for (Optional<DatasetPath> next = Optional.of(lowest);
        next.isPresent() && next.get().isAtOrBelow(clientRoot);
        next = next.get().parent()) {
      path.addFirst(next.get());
    }
    for (DatasetPath next : path) {
      Optional<Dataset> dataset = inventory.find(next).map(FilesystemState::dataset);
      if (dataset.isPresent() && !dataset.get().encrypted()) {
        return dataset;
      }
    }
    return Optional.empty();
  }

  private boolean isRootEncrypted() throws OperationException, InterruptedException {
    DatasetPath root = settings.rootFilesystem();
    DatasetListing listing = zfs.datasets(DatasetSelection.only(root));
    String unreadable = listing.unreadable().get(root);
    if (unreadable != null) {
      throw SenderListing.unreadable(root, unreadable);
    }
    ReceiverListing.requireRoot(listing.missing(), root);
    return listing.datasets().stream()
        .findFirst()
        .orElseThrow(() -> SenderListing.unreadable(root, "zfs get did not print it"))
        .encrypted();
  }

  private boolean isEncrypted(DatasetPath dataset) throws OperationException, InterruptedException {
    if (dataset.isAtOrBelow(clientRoot)) {
      return inventory.find(dataset).map(state -> state.dataset().encrypted()).orElse(false);
    }
    Boolean known = rootEncrypted;
    if (known == null) {
      known = isRootEncrypted();
      rootEncrypted = known;
    }
    return known;
  }
}
