package io.zrepl.rpc;

import io.zrepl.base.InvalidValueException;
import io.zrepl.endpoint.ReceiveRequest;
import io.zrepl.endpoint.SendRequest;
import io.zrepl.endpoint.SendStream;
import io.zrepl.model.OperationException;
import io.zrepl.model.SnapshotPath;
import io.zrepl.zfs.CommandObserver;
import io.zrepl.zfs.ProcessCommandRunner;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.RunnerSettings;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.SendFlags;
import io.zrepl.zfs.SendProcess;
import io.zrepl.zfs.StreamSource;
import io.zrepl.zfs.ZfsCommands;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A program {@code zfs} whose streams are zeros, and endpoints that start it. */
final class FakeZfsProgram implements AutoCloseable {
  private final ProcessCommandRunner runner;
  private final ZfsCommands zfs;

  /**
   * Makes it.
   *
   * @param folder for the program
   * @param bytes of each stream
   */
  FakeZfsProgram(Path folder, long bytes) throws IOException {
    Path program = folder.resolve("zfs");
    Files.writeString(
        program,
        "#!/bin/sh\ncase $1 in send) exec head -c %d /dev/zero;; *) exec cat > /dev/null;; esac\n"
            .formatted(bytes));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    RunnerSettings usual = RunnerSettings.DEFAULT;
    runner =
        new ProcessCommandRunner(
            new RunnerSettings(
                usual.concurrentCommands(),
                usual.concurrentStreams(),
                usual.pipeCapacity(),
                usual.killGrace(),
                usual.exitPatience(),
                usual.stallLimit(),
                usual.nativePipes(),
                Map.of("zfs", program)),
            CommandObserver.NONE,
            InstantSource.system());
    zfs = new ZfsCommands(runner.forJob("fake"));
  }

  /** A sender whose streams come from the program. */
  StubSender sender() {
    StubSender sender = new StubSender();
    sender.opening = this::send;
    return sender;
  }

  private SendStream send(SendRequest request) throws OperationException, InterruptedException {
    SendProcess process =
        zfs.send(
            new SendArguments(
                request.filesystem(),
                Optional.empty(),
                request.to(),
                SendFlags.NONE,
                Optional.empty()));
    return new SendStream() {
      @Override
      public boolean usesResumeToken() {
        return false;
      }

      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        return process.read(buffer);
      }

      @Override
      public void abort() {
        process.abort();
      }

      @Override
      public void close() {
        process.close();
      }
    };
  }

  /** A receiver that feeds streams to the program. */
  StubReceiver receiver() {
    return new StubReceiver() {
      @Override
      public void receive(ReceiveRequest request, SendStream stream)
          throws OperationException, InterruptedException {
        zfs.receive(arguments(request), source(stream));
      }
    };
  }

  private static ReceiveArguments arguments(ReceiveRequest request) {
    try {
      return new ReceiveArguments(
          SnapshotPath.of(request.filesystem(), request.to().name()),
          false,
          true,
          List.of(),
          Map.of());
    } catch (InvalidValueException e) {
      throw new IllegalStateException(e);
    }
  }

  private static StreamSource source(SendStream stream) {
    return new StreamSource() {
      @Override
      public int read(ByteBuffer buffer) throws OperationException {
        return stream.read(buffer);
      }

      @Override
      public void abort() {
        stream.abort();
      }
    };
  }

  @Override
  public void close() {
    runner.close();
  }
}
