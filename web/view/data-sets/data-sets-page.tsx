export const DataSetsPage = () => <h1>Data sets</h1>
