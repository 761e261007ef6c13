/**
 * What runs where nobody chose: the one place that acts by being imported.
 *
 * Alone, tensors live on the reference device. Here they live on the fast CPU device, which needs no
 * installation either; it is made when the first tensor is.
 */
import { setDefaultBackend } from "@mt/backend";
import { cpuThreads } from "@mt/backend-cpu-threads";

setDefaultBackend(() => cpuThreads());
