package io.zrepl.cli.status;

import io.zrepl.cli.status.Key.Kind;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The terminal of the process, by the program {@code stty}: each call costs a few milliseconds, far
 * less than loading a library for it. {@link #leave} may be called by any thread, as often as one
 * likes.
 */
final class Terminal {
  private static final int REST_OF_KEY_MILLIS = 40;
  private static final Path DEVICE = Path.of("/dev/tty");

  /** Rows and columns. */
  record Size(int rows, int columns) {
    static final Size USUAL = new Size(24, 80);
  }

  private final PrintStream out;
  private String before = "";

  Terminal(PrintStream out) {
    this.out = out;
  }

  /**
   * Takes the terminal over.
   *
   * @throws IOException if there is none
   */
  synchronized void enter() throws IOException {
    String settings = stty("-g").strip();
    // Output is processed as ever: only the keys come one by one and without signals.
    stty("-icanon", "-echo", "-isig", "-ixon", "-iexten", "-icrnl", "min", "1", "time", "0");
    before = settings;
    out.print(Painter.ENTER);
    out.flush();
  }

  /** Gives it back as it was. */
  synchronized void leave() {
    if (before.isEmpty()) {
      return;
    }
    out.print(Painter.LEAVE);
    out.flush();
    try {
      stty(before);
    } catch (IOException e) {
      // The terminal is gone: nobody sees how it looks.
    }
    before = "";
  }

  /** Shows what the painter says. */
  synchronized void show(String text) {
    if (!before.isEmpty()) {
      out.print(text);
      out.flush();
    }
  }

  /** The size now; the usual one if the terminal does not tell. */
  Size size() {
    try {
      String[] words = stty("size").strip().split(" ", -1);
      int rows = Integer.parseInt(words[0]);
      int columns = Integer.parseInt(words[words.length - 1]);
      return rows > 0 && columns > 0 ? new Size(rows, columns) : Size.USUAL;
    } catch (IOException | NumberFormatException e) {
      return Size.USUAL;
    }
  }

  /** Stops the process group, as Ctrl-Z does; returns when it is continued. */
  void suspend() {
    leave();
    try {
      run("sh", "-c", "kill -s TSTP 0");
      enter();
    } catch (IOException e) {
      // Without a terminal the reader of the keys ends, and with it the program.
    }
  }

  /** Reads keys for ever and hands them on; on a thread of its own. */
  void readKeys(Consumer<Key> keys) {
    try (InputStream in = new FileInputStream(DEVICE.toFile())) {
      byte[] bytes = new byte[256];
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        while (length < bytes.length && KeyReader.isIncomplete(bytes, length) && hasMore(in)) {
          length += Math.max(0, in.read(bytes, length, bytes.length - length));
        }
        KeyReader.keys(bytes, length).forEach(keys);
      }
    } catch (IOException e) {
      // A terminal that hung up is like one that was closed.
    }
    keys.accept(Key.of(Kind.CLOSED));
  }

  /** Whether the rest of a key comes; a person is slower than that. */
  private static boolean hasMore(InputStream in) throws IOException {
    for (int waited = 0; waited < REST_OF_KEY_MILLIS; waited++) {
      if (in.available() > 0) {
        return true;
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /** Calls when the window has another size, if this Java runtime can tell. */
  static void onResize(Runnable action) {
    // By reflection because the compiler refuses to be quiet about jdk.unsupported.
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Terminal.class.getClassLoader(),
              new Class<?>[] {handler},
              (_, _, _) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("WINCH"), proxy);
    } catch (ReflectiveOperationException e) {
      // The size is asked for again whenever everything is drawn anew (Ctrl-L).
    }
  }

  private static String stty(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return run(command);
  }

  private static String run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(DEVICE.toFile())
            .redirectError(Redirect.DISCARD)
            .start();
    try (InputStream in = process.getInputStream()) {
      String output = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(String.join(" ", command) + " failed: is this a terminal?");
      }
      return output;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Optional.of(process).filter(Process::isAlive).ifPresent(Process::destroyForcibly);
    }
  }
}
