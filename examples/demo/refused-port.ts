/** Explains in one line why a port is not available. */
export function refusedPort({ code, message }: NodeJS.ErrnoException, port: number, command: string): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Choose another one, for example: PORT=${port + 1} ${command}`;
  if (code === 'EACCES') return `This user may not listen on port ${port}. Choose 1024 or higher: PORT=3000 ${command}`;
  return `The demo cannot listen on port ${port}: ${message}`;
}
