/** Module 3.39 — Laws of errors: what a device refuses, and what is left as it was. */
import { referenceBackend } from "../../reference/generated.ts";
import { direct, type Law, mustThrow } from "../law.ts";
import { bytesOf, one, prepared } from "./memory.ts";
import { expectValues, input, upload } from "./programs.ts";

export const refusals: readonly Law[] = direct([
  {
    name: "refuses buffers that were freed, and to free one twice",
    check: async ({ backend }) => {
      const { executable, from, to } = prepared(backend);
      const gone = upload(backend, input);
      backend.free(gone);
      await mustThrow("read after free", "freed-buffer", () => backend.read(gone));
      await mustThrow("write after free", "freed-buffer", () => backend.write(gone, bytesOf(4)));
      await mustThrow("a run on a freed buffer", "freed-buffer", () =>
        executable.run([gone, to], one),
      );
      await mustThrow("a second free", "freed-buffer", () => backend.free(gone));
      executable.run([from, to], one);
      await expectValues(backend, to, [2, 3, 4, 5, 6], "a run after refused ones");
    },
  },
  {
    name: "refuses buffers of another device",
    check: async ({ backend }) => {
      const { executable, to } = prepared(backend);
      const foreign = upload(referenceBackend({ name: "elsewhere" }), input);
      await mustThrow("a run on a foreign buffer", "foreign-buffer", () =>
        executable.run([foreign, to], one),
      );
      await mustThrow("reading a foreign buffer", "foreign-buffer", () => backend.read(foreign));
    },
  },
  {
    name: "refuses writes past the end, buffers that are too small, and too few of them",
    check: async ({ backend }) => {
      const { executable, from, to } = prepared(backend);
      const small = backend.allocate(8);
      await mustThrow("a write past the end", "outside-buffer", () =>
        backend.write(from, bytesOf(16), 8),
      );
      await mustThrow("a write before the start", "outside-buffer", () =>
        backend.write(from, bytesOf(4), -4),
      );
      await mustThrow("a run on a small buffer", "outside-buffer", () =>
        executable.run([from, small], one),
      );
      await mustThrow("a run without its result", "wrong-run", () => executable.run([from], one));
      await mustThrow("a run without its numbers", "wrong-run", () =>
        executable.run([from, to], new Float64Array()),
      );
      await expectValues(backend, from, input, "a buffer after refused writes");
      await expectValues(backend, to, input, "a result after refused runs");
    },
  },
  {
    name: "refuses sizes that make no sense, and runs after disposal",
    check: async ({ backend }) => {
      for (const size of [-1, 0.5, Number.NaN])
        await mustThrow(`allocate(${size})`, "out-of-memory", () => backend.allocate(size));
      const { executable, from, to } = prepared(backend);
      executable[Symbol.dispose]();
      await mustThrow("a run after disposal", "disposed", () => executable.run([from, to], one));
    },
  },
]);
